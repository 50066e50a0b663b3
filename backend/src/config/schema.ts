/**
 * The configuration file as TypeBox schemas. `description` is what a mistake says was expected. All keys are optional
 * here: the reading that follows knows which are needed when.
 */
import { type Static, Type } from 'typebox'
import { MAX_SHELLS } from '../../../src/wire/shells.js'
import { SIGNATURE_ALGORITHMS } from './config.js'

const text = (description: string) => Type.String({ minLength: 1, maxLength: 65_536, description })
/** A union of mapped literals loses its type: it is told again. */
const oneOf = <T extends string>(...values: readonly T[]) =>
  Type.Unsafe<T>(
    Type.Union(
      values.map((value) => Type.Literal(value)),
      { description: values.join(', ') },
    ),
  )
const optional = Type.Optional
const strict = { additionalProperties: false } as const

const Duration = Type.Union([Type.String(), Type.Number()], { description: 'a duration such as 90s, 10m, 2h or 14d' })

const POLICY = {
  idleWarn: optional(Duration),
  idleSuspend: optional(Duration),
  leaveGrace: optional(Duration),
  deleteAfter: optional(Duration),
  launchTimeout: optional(Duration),
}

const Source = Type.Object(
  {
    output: optional(text('the name of an output')),
    file: optional(text('the path of a file')),
    env: optional(text('the name of an environment variable')),
  },
  strict,
)
const ValueText = Type.Union([text('text'), Source], {
  description: 'text, { output: name }, { file: path } or { env: NAME }',
})
const ValuePort = Type.Union([Type.Integer(), text('a port'), Source], {
  description: 'a port from 1 to 65535, { output: name }, { file: path } or { env: NAME }',
})

const yes = Type.Boolean({ description: 'true or false' })
const Crossing = oneOf('both', 'to-lab', 'from-lab', 'none')
const Parameter = Type.Union([Type.String({ maxLength: 65_536 }), Type.Number(), Type.Boolean(), Source], {
  description: 'text, a number, true or false, { output: name }, { file: path } or { env: NAME }',
})

const Recording = Type.Object(
  {
    folder: optional(text('the path of a folder')),
    keys: optional(yes),
    keep: optional(Duration),
    megabytes: optional(Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'a number of megabytes' })),
  },
  strict,
)

const Terminal = Type.Object(
  {
    name: optional(text('a name')),
    title: optional(text('a title')),
    protocol: optional(oneOf('ssh', 'rdp', 'vnc', 'telnet', 'kubernetes')),
    display: optional(oneOf('auto', 'xterm', 'guacamole')),
    host: optional(ValueText),
    port: optional(ValuePort),
    user: optional(ValueText),
    password: optional(ValueText),
    privateKey: optional(ValueText),
    certificate: optional(ValueText),
    hostKey: optional(ValueText),
    via: optional(text('the name of another terminal of the lab')),
    shells: optional(
      Type.Integer({ minimum: 1, maximum: MAX_SHELLS, description: `a number from 1 to ${MAX_SHELLS}` }),
    ),
    readOnly: optional(yes),
    parameters: optional(Type.Record(Type.String(), Parameter, { description: "a group of guacd's parameters" })),
    clipboard: optional(Crossing),
    files: optional(Crossing),
    attach: optional(oneOf('tmux', 'screen', 'none')),
    environment: optional(
      Type.Record(Type.String(), Type.String({ maxLength: 4096 }), {
        description: 'a group of variables and their text',
      }),
    ),
    command: optional(text('a command')),
    largestFile: optional(Type.Union([Type.String(), Type.Integer()], { description: 'a size such as 500MB or 2GB' })),
    printing: optional(yes),
    audio: optional(oneOf('none', 'out', 'both')),
    hold: optional(Duration),
    recording: optional(Recording),
  },
  strict,
)

const TEMPLATE = {
  template: optional(text('the path of a Heat template')),
  environment: optional(text('the path of a Heat environment')),
  parameters: optional(
    Type.Record(Type.String(), Type.Unknown(), { description: "a group of the template's parameters" }),
  ),
}
const Price = Type.Number({ minimum: 0, description: 'what an hour costs, such as 1.45' })

const CloudOfLab = Type.Object(
  {
    name: optional(text('the name of a cloud')),
    capacity: optional(Type.Integer({ minimum: 0, maximum: 1_000_000, description: 'a number of labs, 0 = none' })),
    ...TEMPLATE,
  },
  strict,
)

const Lab = Type.Object(
  {
    title: optional(text('a title')),
    courses: optional(Type.Array(text('the id of a course'), { description: 'a list of courses' })),
    clouds: optional(
      Type.Array(Type.Union([text('the name of a cloud'), CloudOfLab], { description: 'a cloud: { name: … }' }), {
        description: 'a list of clouds',
      }),
    ),
    terminals: optional(Type.Array(Terminal, { description: 'a list of terminals' })),
    files: optional(text('the path of a folder')),
    setup: optional(text('a command')),
    ...TEMPLATE,
    hooks: optional(
      Type.Object(
        {
          resume: optional(text('the path of a script')),
          suspend: optional(text('the path of a script')),
          delete: optional(text('the path of a script')),
        },
        strict,
      ),
    ),
    cost: optional(
      Type.Object(
        { running: optional(Price), suspended: optional(Price), currency: optional(text('a currency such as EUR')) },
        strict,
      ),
    ),
    ...POLICY,
  },
  strict,
)

const Cloud = Type.Object(
  {
    type: optional(oneOf('local', 'openstack')),
    cloud: optional(text('an entry of clouds.yaml')),
    tag: optional(text('a tag for its stacks')),
  },
  strict,
)

const TrustEntry = Type.Object(
  {
    type: optional(oneOf('jwt', 'openedx', 'lti')),
    issuer: optional(text('the issuer of the tokens, as in their claim iss')),
    audience: optional(text('the audience of the tokens, as in their claim aud')),
    jwks: optional(text('the path of a JWK set')),
    jwksUrl: optional(text('the https address of a JWK set')),
    origins: optional(Type.Array(text('an origin'), { description: 'a list of origins' })),
    labs: optional(Type.Array(text('the name of a lab'), { description: 'a list of labs' })),
    algorithms: optional(
      Type.Array(oneOf(...SIGNATURE_ALGORITHMS), { description: `a list of ${SIGNATURE_ALGORITHMS.join(', ')}` }),
    ),
    lms: optional(text('the address of the LMS')),
    enrolment: optional(oneOf('required', 'none')),
    modes: optional(Type.Array(text('a mode'), { description: 'a list of modes such as [verified]' })),
    recheck: optional(Duration),
    cookies: optional(
      Type.Object(
        { payload: optional(text('the name of a cookie')), signature: optional(text('the name of a cookie')) },
        {
          ...strict,
          description: 'the names of the cookies: { payload: …, signature: … }',
        },
      ),
    ),
    clientId: optional(text('a client id')),
    clientSecret: optional(text('a client secret')),
    deploymentIds: optional(Type.Array(text('a deployment id'), { description: 'a list of deployment ids' })),
    authUrl: optional(text('an https address')),
    tokenUrl: optional(text('an https address')),
    courseBy: optional(oneOf('id', 'label')),
    registrationKey: optional(text('a key that nobody can guess')),
  },
  strict,
)

const Guacd = Type.Object(
  { address: optional(text('an address and a port')), tls: optional(yes), ca: optional(text('the path of a file')) },
  strict,
)

export const FileSchema = Type.Object(
  {
    listen: optional(text('an address and a port such as 127.0.0.1:8080')),
    publicUrl: optional(text('an address such as https://labs.example.org')),
    origins: optional(
      Type.Array(text('an origin such as https://lms.example.org'), { description: 'a list of origins' }),
    ),
    proxies: optional(Type.Array(text('an address such as 127.0.0.1'), { description: 'a list of addresses' })),
    peers: optional(text('an address and a port such as 10.0.0.5:8081')),
    database: optional(text('embedded:<folder> or postgres://…')),
    stateFolder: optional(text('the path of a folder')),
    guacd: optional(
      Type.Array(
        Type.Union([text('an address and a port'), Guacd], {
          description: 'an address and a port such as 127.0.0.1:4822, or { address: …, tls: true, ca: ./ca.pem }',
        }),
        { description: 'a list of addresses such as [127.0.0.1:4822]' },
      ),
    ),
    clouds: optional(Type.Record(Type.String(), Cloud, { description: 'a group of clouds by name' })),
    trust: optional(Type.Array(TrustEntry, { description: 'a list of trusted issuers' })),
    defaults: optional(
      Type.Object(
        {
          ...POLICY,
          concurrency: optional(
            Type.Integer({ minimum: 1, maximum: 256, description: 'a whole number from 1 to 256' }),
          ),
        },
        strict,
      ),
    ),
    usageLimit: optional(
      Type.Object(
        {
          running: optional(Duration),
          within: optional(Duration),
          over: optional(oneOf('warn', 'block')),
        },
        strict,
      ),
    ),
    labs: optional(Type.Record(Type.String(), Lab, { description: 'a group of labs by name' })),
    demo: optional(Type.Object({ course: optional(text('the path of a folder')) }, strict)),
  },
  strict,
)

export type ConfigFile = Static<typeof FileSchema>
export type LabSection = Static<typeof Lab>
export type TerminalSection = Static<typeof Terminal>
export type TrustSection = Static<typeof TrustEntry>
export type CloudSection = Static<typeof Cloud>
export type TemplateSection = Pick<LabSection, keyof typeof TEMPLATE>
export type PolicySection = Pick<LabSection, keyof typeof POLICY>
export type UsageLimitSection = NonNullable<ConfigFile['usageLimit']>
export type ValueSection = Static<typeof ValueText> | Static<typeof ValuePort> | Static<typeof Parameter>
export type GuacdSection = Static<typeof Guacd>
