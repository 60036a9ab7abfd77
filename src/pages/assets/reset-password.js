import { ask, element, forgetLink, onSubmit, show, token } from './page.js';

const resetMutation = 'mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { reset } }';
const requestMutation = `mutation ($input: RequestPasswordResetInput!) {
  requestPasswordReset(input: $input) { requested }
}`;

onSubmit(element('reset'), async ({ password }) => {
  try {
    await ask(resetMutation, { input: { token, password } });
    forgetLink();
    show('done');
  } catch (error) {
    if (error.code !== 'NOT_FOUND') throw error;
    element('void-notice').hidden = false;
    show('ask');
  }
});

onSubmit(element('request'), async ({ email }) => {
  await ask(requestMutation, { input: { email } });
  show('sent');
});

show(token === '' ? 'ask' : 'choose');
