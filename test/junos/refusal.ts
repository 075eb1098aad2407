/** Asserting what a device refuses. */
import { expect } from "chai";

import { JunosError } from "../../src/junos/replyErrors.ts";

/** The `JunosError` that the promise rejects with. */
export async function refusalOf(promise: Promise<unknown>): Promise<JunosError> {
  const error = await promise.then(
    () => expect.fail("it was not refused"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof JunosError)) throw error;
  expect(error.hint).to.not.equal("");
  return error;
}
