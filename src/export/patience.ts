// What finds the database busy finds it free in a moment. A request answers UNAVAILABLE, and whoever sent it sends it again; an
// export that is under way cannot be sent again where it is.
import { setTimeout } from 'node:timers/promises';
import { ErrorCode, isApiError } from '../graphql/errors';

/** Each waits for a connection as long as requests do. */
const maximumTries = 5;
const pauseMilliseconds = 500;

/** Tries again, a few times, what is UNAVAILABLE. */
export async function patiently<Value>(work: () => Promise<Value>): Promise<Value> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const passes = isApiError(error) && error.extensions.code === ErrorCode.UNAVAILABLE;
      if (!passes || tries === maximumTries) throw error;
    }
    await setTimeout(pauseMilliseconds);
  }
}
