/** Asserting how something fails. */
import { expect } from "chai";

import { NetconfError, type NetconfErrorCode } from "../../src/netconf/errors.ts";
import { RpcError } from "../../src/netconf/rpcError.ts";

/** The error that the promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("it did not fail"),
    (error: unknown) => error,
  );
}

/** The `NetconfError` of that code that the promise rejects with. */
export async function netconfFailure(
  promise: Promise<unknown>,
  code: NetconfErrorCode,
): Promise<NetconfError> {
  return asNetconfError(await failureOf(promise), code);
}

export function asNetconfError(error: unknown, code: NetconfErrorCode): NetconfError {
  if (!(error instanceof NetconfError)) throw error;
  expect(error.code, error.message).to.equal(code);
  expect(error.hint).to.not.equal("");
  return error;
}

/** The `RpcError` that the promise rejects with. */
export async function rpcFailure(promise: Promise<unknown>): Promise<RpcError> {
  const error = await failureOf(promise);
  if (!(error instanceof RpcError)) throw error;
  return error;
}

/** What the function throws; undefined when it returns. */
export function thrownBy(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}
