import type { Account } from "./account.js";
import { operations, type Operations } from "./api_types.js";
import type { Answer, Calls, CallOptions, Input } from "./calls.js";
import { Problem } from "./problem.js";

type NeedsNothing<T> = {} extends T ? true : false;

/** Every call a player may make, by its name in the server's OpenAPI document. They throw Problem. */
export type Api = {
  readonly [N in keyof Operations]: NeedsNothing<Input<N>> extends true
    ? (input?: Input<N>, options?: CallOptions) => Promise<Answer<N>>
    : (input: Input<N>, options?: CallOptions) => Promise<Answer<N>>;
};

/** In the name of who is signed in; a token that has ended is renewed once, unseen. */
export function createApi(calls: Calls, account: Account): Api {
  const asPlayer = async <N extends keyof Operations>(name: N, input: Input<N>, options?: CallOptions): Promise<Answer<N>> => {
    const token = await account.token();
    try {
      return await calls.call(name, input, token, options);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      return calls.call(name, input, await account.renew(token), options);
    }
  };
  const names = Object.keys(operations) as Array<keyof Operations>;
  const method = (name: keyof Operations) => (input: never = {} as never, options?: CallOptions) =>
    operations[name].needsPlayer ? asPlayer(name, input, options) : calls.call(name, input, undefined, options);
  return Object.fromEntries(names.map((name) => [name, method(name)])) as unknown as Api;
}
