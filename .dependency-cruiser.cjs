/**
 * Who may import whom: the table of docs/architecture.md as rules. A room is a folder of src/ or backend/src/.
 * `npm run check` runs this; each rule says what to do instead.
 */

/** Rooms of the library and what each may import besides itself. */
const LIBRARY = {
  wire: { may: [] },
  core: { may: ['wire'] },
  session: { may: ['core', 'wire', 'display/[^/]+[.]ts'] },
  display: { may: ['wire'] },
  element: { may: ['session', 'core', 'wire', 'display/[^/]+[.]ts'] },
  frameworks: { may: ['element', 'define[.]ts'] },
  'service-pages': { may: ['element', 'wire'] },
}

/** Rooms of the backend. Every room may use the wire; the files beside them (main.ts, app.ts, …) compose and may use all. */
const BACKEND = {
  config: { may: [], types: [] },
  labs: { may: [], types: ['config'] },
  auth: { may: ['config'], types: [] },
  clouds: { may: ['labs', 'config'], types: [] },
  store: { may: ['labs', 'auth', 'config'], types: [] },
  gateway: { may: ['auth', 'labs', 'config'], types: [] },
  readiness: { may: ['gateway', 'labs', 'config'], types: [] },
  cdn: { may: [], types: [] },
  http: { may: ['auth', 'labs', 'gateway', 'config'], types: ['cdn'] },
  demo: { may: ['auth', 'http', 'config'], types: ['labs'] },
}

const oneOf = (names) => `(${names.join('|')})`
const under = (root, names) => `^${root}/${oneOf(names.map((name) => (name.endsWith('[.]ts') ? name : `${name}/`)))}`

const libraryRooms = Object.entries(LIBRARY).map(([room, { may }]) => ({
  name: `library-${room}`,
  severity: 'error',
  comment: `src/${room} may import only: itself${may.map((name) => `, ${name}`).join('')}`,
  from: { path: `^src/${room}/` },
  to: { path: '^(src|backend|stories|test)/', pathNot: under('src', [room, ...may]) },
}))

const backendRooms = Object.entries(BACKEND).flatMap(([room, { may, types }]) => [
  {
    name: `backend-${room}`,
    severity: 'error',
    comment: `backend/src/${room} may import only: itself, src/wire${[...may, ...types].map((name) => `, ${name}`).join('')}`,
    from: { path: `^backend/src/${room}/` },
    to: { path: '^backend/(src|test|bin)/', pathNot: under('backend/src', [room, ...may, ...types]) },
  },
  ...(types.length === 0
    ? []
    : [
        {
          name: `backend-${room}-types`,
          severity: 'error',
          comment: `backend/src/${room} may take types only from: ${types.join(', ')}`,
          from: { path: `^backend/src/${room}/` },
          to: { path: under('backend/src', types), dependencyTypesNot: ['type-only'] },
        },
      ]),
])

module.exports = {
  forbidden: [
    ...libraryRooms,
    ...backendRooms,
    {
      name: 'library-without-backend',
      severity: 'error',
      comment: 'The element library never imports the backend',
      from: { path: '^src/' },
      to: { path: '^backend/' },
    },
    {
      name: 'backend-only-wire',
      severity: 'error',
      comment: 'Of the library the backend knows only src/wire',
      from: { path: '^backend/(src|bin)/' },
      to: { path: '^(src|stories|test)/', pathNot: '^src/wire/' },
    },
    {
      name: 'wire-imports-nothing',
      severity: 'error',
      comment: 'src/wire imports nothing but itself; the schemas alone use TypeBox',
      from: { path: '^src/wire/' },
      to: { pathNot: ['^src/wire/', '(^|/)node_modules/typebox/'] },
    },
    {
      name: 'core-imports-no-package',
      severity: 'error',
      comment: 'src/core is pure: no package, no Node',
      from: { path: '^src/core/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown', 'core'] },
    },
    {
      name: 'schemas-are-types-in-a-browser',
      severity: 'error',
      comment: 'Use `import type` for src/wire/schema.ts: its values would put TypeBox on the page',
      from: { path: '^src/', pathNot: '^src/wire/schema[.]ts$' },
      to: { path: ['^src/wire/schema[.]ts$', '(^|/)node_modules/typebox/'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'drivers-stay-apart',
      severity: 'error',
      comment: 'A display knows no other display: delete one and the rest does not notice',
      from: { path: '^src/display/([^/]+)/' },
      to: { path: '^src/display/[^/]+/', pathNot: '^src/display/$1/' },
    },
    {
      name: 'drivers-only-by-loader',
      severity: 'error',
      comment: 'Outside its folder a display is reached by its loader.ts, and only define.ts does so',
      from: { path: '^src/', pathNot: '^src/display/[^/]+/' },
      to: { path: '^src/display/[^/]+/', pathNot: '^src/display/[^/]+/loader[.]ts$' },
    },
    {
      name: 'loaders-are-lazy',
      severity: 'error',
      comment: 'A loader imports its display by import() or as a type, so that the entry stays small',
      from: { path: '^src/display/[^/]+/loader[.]ts$' },
      to: {
        path: ['^src/display/[^/]+/', '(^|/)node_modules/'],
        dependencyTypesNot: ['type-only', 'dynamic-import'],
      },
    },
    {
      name: 'terminal-packages-only-in-displays',
      severity: 'error',
      comment: 'xterm and guacamole belong to their displays',
      from: { path: '^src/', pathNot: '^src/display/[^/]+/' },
      to: { path: 'node_modules/(@xterm|guacamole|@glokon/guacamole)' },
    },
    {
      name: 'index-defines-nothing',
      severity: 'error',
      comment: 'src/index.ts has no side effects; src/define.ts registers the elements',
      from: { path: '^src/index[.]ts$' },
      to: { path: ['^src/define[.]ts$', '^src/display/[^/]+/'] },
    },
    {
      name: 'domain-imports-no-package',
      severity: 'error',
      comment: 'backend/src/labs knows no web framework, database, queue or SSH library; it may write a log',
      from: { path: '^backend/src/labs/' },
      to: {
        pathNot: 'node_modules/pino/',
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
      },
    },
    {
      name: 'tests-not-in-production',
      severity: 'error',
      comment: 'Nothing that ships imports a test, a fake or a story',
      from: { path: '^(src|backend/src|backend/bin)/' },
      to: { path: ['^(test|stories|backend/test)/', '/fakes/'] },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Move what both need into a third file; types may point both ways, they are gone at run time',
      from: { path: '^(src|backend|stories|test)/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'The import leads nowhere',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared-packages',
      severity: 'error',
      comment: 'Declare the package in the package.json that is nearest, among its dependencies',
      from: { path: '^(src|backend/src)/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown'],
        dependencyTypesNot: ['type-only', 'npm-peer'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(backend/)?(dist|storybook-static)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    detectProcessBuiltinModuleCalls: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'browser', 'node', 'default', 'types'],
    },
  },
}
