import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { LabError } from '../../../src/wire/problems.js'
import { ProblemSchema } from '../../../src/wire/schema.js'
import { labFor } from '../auth/access.js'
import type { Principal } from '../auth/ports.js'
import type { LabConfig } from '../config/config.js'
import type { RecordingInfo } from '../gateway/guacd/recordings.js'
import type { AppDeps } from './deps.js'
import { callerOf } from './guard.js'

const LabParams = Type.Object({ lab: Type.String({ maxLength: 200 }) })
const OneParams = Type.Object({ lab: Type.String({ maxLength: 200 }), id: Type.String({ maxLength: 64 }) })
const Listed = Type.Object({
  recordings: Type.Array(
    Type.Object({
      id: Type.String(),
      terminal: Type.String(),
      learner: Type.String(),
      startedAt: Type.String({ format: 'date-time' }),
      endedAt: Type.Optional(Type.String({ format: 'date-time', description: 'Absent: it is still going on' })),
      bytes: Type.Integer(),
      keys: Type.Boolean({ description: 'What was typed is in it' }),
      cut: Type.Optional(Type.Boolean({ description: 'It ended before the desk did' })),
    }),
  ),
})

/** `/v1/labs/:lab/recordings`: for staff of the course only, and only those of learners of that course. */
export function recordingRoutes(deps: AppDeps): FastifyPluginAsyncTypebox {
  const { config, recordings } = deps

  const staffOf = async (request: FastifyRequest, name: string): Promise<{ principal: Principal; lab: LabConfig }> => {
    const { principal } = await callerOf(request, deps)
    const lab = labFor(principal, name, config)
    if (!principal.roles.includes('instructor')) throw new LabError('auth/forbidden')
    return { principal, lab }
  }

  return async (app) => {
    app.get(
      '/v1/labs/:lab/recordings',
      {
        schema: {
          summary: 'Recordings, for staff',
          params: LabParams,
          response: { 200: Listed, '4xx': ProblemSchema },
        },
      },
      async (request) => {
        const { principal, lab } = await staffOf(request, request.params.lab)
        const all = (await Promise.all(foldersOf(lab).map((folder) => recordings.list(folder)))).flat()
        const shown = all.filter((info) => mayWatch(principal, lab, info))
        shown.sort((a, b) => b.startedAt.localeCompare(a.startedAt))
        return {
          recordings: shown.map(({ id, terminal, name, subject, startedAt, endedAt, bytes, keys, cut }) => ({
            ...{ id, terminal, learner: name ?? subject, startedAt, bytes, keys },
            ...(endedAt !== undefined && { endedAt }),
            ...(cut && { cut }),
          })),
        }
      },
    )

    app.get(
      '/v1/labs/:lab/recordings/:id',
      { schema: { summary: 'A recording, as `Guacamole.SessionRecording` plays it', params: OneParams } },
      async (request, reply) => {
        const { principal, lab } = await staffOf(request, request.params.lab)
        for (const folder of foldersOf(lab)) {
          const found = await recordings.find(folder, request.params.id)
          if (!found || !mayWatch(principal, lab, found.info)) continue
          const file = await found.read()
          reply.raw.once('close', () => file.destroy())
          return reply.headers({ 'content-type': 'application/octet-stream', 'cache-control': 'no-store' }).send(file)
        }
        throw new LabError('request/unknown-path')
      },
    )
  }
}

function foldersOf({ terminals }: LabConfig): string[] {
  return [...new Set(terminals.flatMap(({ desk }) => desk?.recording?.folder ?? []))]
}

/** Where the caller's session names a course, learners of that course only; never another institution's. */
function mayWatch({ issuer, client, context }: Principal, lab: LabConfig, info: RecordingInfo): boolean {
  const here = info.lab === lab.name && info.issuer === issuer && info.client === client
  return here && (context === undefined || info.context === context)
}
