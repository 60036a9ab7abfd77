import { allow, type Rules } from '../graphql/shield';

export const passwordResetRules: Rules = {
  Mutation: { requestPasswordReset: allow, resetPassword: allow },
};
