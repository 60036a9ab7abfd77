import { ask, element, forgetLink, onSubmit, show, token } from './page.js';

const verificationQuery = `query ($token: String!) {
  identityVerification(token: $token) { accountName email }
}`;
const verifyMutation =
  'mutation ($input: VerifyIdentityInput!) { verifyIdentity(input: $input) { verified } }';

/** Nothing is confirmed by opening the page: programs that look into mail open links too. */
async function open() {
  try {
    const { identityVerification } = await ask(verificationQuery, { token });
    element('account').textContent = identityVerification.accountName;
    element('verify').elements.email.value = identityVerification.email;
    show('confirm');
  } catch (error) {
    if (error.code === 'NOT_FOUND') show('void');
    else throw error;
  }
}

onSubmit(element('verify'), async () => {
  try {
    await ask(verifyMutation, { input: { token } });
    forgetLink();
    show('done');
  } catch (error) {
    if (error.code !== 'NOT_FOUND') throw error;
    show('void');
  }
});

open().catch((error) => {
  element('failure').textContent = error.message;
  show('failed');
});
