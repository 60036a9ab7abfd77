import type { RequestContext } from '../graphql/context';
import type { UpdateMyProfileInput } from './profile.types';

export async function updateMyProfile(context: RequestContext, input: UpdateMyProfileInput): Promise<void> {
  await context.transaction.query('select ringfence.update_own_profile($1::jsonb)', [
    JSON.stringify(input.changes),
  ]);
}
