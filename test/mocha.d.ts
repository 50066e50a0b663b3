/** The part of mocha's interface that the browser tests use; the test runner puts it on the page. */
interface TestContext {
  timeout(ms: number): void
}
type TestBody = (this: TestContext) => unknown

declare function describe(title: string, body: (this: TestContext) => void): void
declare function it(title: string, body: TestBody): void
declare function before(body: TestBody): void
declare function beforeEach(body: TestBody): void
declare function after(body: TestBody): void
declare function afterEach(body: TestBody): void
