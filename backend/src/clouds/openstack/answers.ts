/** The answers of Keystone, Heat and Nova, as far as they are read. */
import { type Static, Type } from 'typebox'

const Endpoint = Type.Object({
  interface: Type.String(),
  url: Type.String(),
  region: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  region_id: Type.Optional(Type.Union([Type.String(), Type.Null()])),
})

export const TokenAnswer = Type.Object({
  token: Type.Object({
    expires_at: Type.String(),
    issued_at: Type.String(),
    catalog: Type.Optional(Type.Array(Type.Object({ type: Type.String(), endpoints: Type.Array(Endpoint) }))),
  }),
})
export type Catalog = NonNullable<Static<typeof TokenAnswer>['token']['catalog']>

const Stack = Type.Object({
  id: Type.String(),
  stack_name: Type.String(),
  stack_status: Type.String(),
  stack_status_reason: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  creation_time: Type.String(),
  updated_time: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  tags: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()])),
  outputs: Type.Optional(
    Type.Array(
      Type.Object({
        output_key: Type.String(),
        output_value: Type.Optional(Type.Unknown()),
        output_error: Type.Optional(Type.Unknown()),
      }),
    ),
  ),
})
/** A stack as Heat tells of it; `outputs` only where it was asked for alone. */
export type HeatStack = Static<typeof Stack>

export const StackAnswer = Type.Object({ stack: Stack })
export const StacksAnswer = Type.Object({ stacks: Type.Array(Stack) })
export const ResourcesAnswer = Type.Object({
  resources: Type.Array(
    Type.Object({
      resource_name: Type.String(),
      resource_status: Type.String(),
      resource_type: Type.Optional(Type.String()),
      physical_resource_id: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    }),
  ),
})

export const ServerAnswer = Type.Object({ server: Type.Object({ status: Type.String() }) })

/** What a service says went wrong: Heat and Keystone in `error`, Nova by kind. */
const ErrorAnswer = Type.Object({
  explanation: Type.Optional(Type.String()),
  error: Type.Object({ message: Type.Optional(Type.String()), type: Type.Optional(Type.String()) }),
})
const NovaErrorAnswer = Type.Record(Type.String(), Type.Object({ message: Type.String() }))
export const ERROR_ANSWERS = { ErrorAnswer, NovaErrorAnswer }
