import { ask, element, forgetLink, onSubmit, show, token } from './page.js';

const invitationQuery = `query ($token: String!) {
  invitation(token: $token) { accountName clientName invitedBy email passwordMinimum }
}`;
const acceptMutation = `mutation ($input: AcceptInvitationInput!) {
  acceptInvitation(input: $input) { accessTokenExpiresAt }
}`;
const completeMutation = `mutation ($input: CompleteSignInInput!) {
  completeSignIn(input: $input) { recoveryCodes }
}`;

/** The session goes on in a cookie that no script reads. */
const refreshTokenIn = 'COOKIE';
let challenge = null;

async function open() {
  try {
    const { invitation } = await ask(invitationQuery, { token });
    element('inviter').textContent = invitation.invitedBy;
    element('account').textContent = invitation.accountName;
    element('portal').textContent = invitation.clientName === null ? '' : ` to see ${invitation.clientName}`;
    element('minimum').textContent = invitation.passwordMinimum;
    element('accept').elements.email.value = invitation.email;
    show('invitation');
  } catch (error) {
    if (error.code === 'NOT_FOUND') show('void');
    else throw error;
  }
}

function enter(recoveryCodes) {
  forgetLink();
  if (recoveryCodes) {
    element('recovery-codes').replaceChildren(
      ...recoveryCodes.map((code) => {
        const item = document.createElement('li');
        item.append(Object.assign(document.createElement('code'), { textContent: code }));
        return item;
      }),
    );
    element('recovery').hidden = false;
  }
  show('welcome');
}

onSubmit(element('accept'), async ({ password }) => {
  try {
    await ask(acceptMutation, { input: { token, password, refreshTokenIn } });
    enter(null);
  } catch (error) {
    if (error.code === 'NOT_FOUND') return show('void');
    if (error.code !== 'SECOND_FACTOR_REQUIRED') throw error;
    challenge = error.challenge;
    element('secret').textContent = error.setup.secret;
    element('open-app').href = error.setup.uri;
    show('second-factor');
  }
});

onSubmit(element('complete'), async ({ code }) => {
  const { completeSignIn } = await ask(completeMutation, { input: { challenge, code, refreshTokenIn } });
  enter(completeSignIn.recoveryCodes);
});

open().catch((error) => {
  element('failure').textContent = error.message;
  show('failed');
});
