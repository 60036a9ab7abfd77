/** The bar above GraphiQL: sign in, act as somebody, see who is signed in, sign out. */
import { createActAsMenu } from './act-as-menu.js';
import { createCodeStep } from './code-step.js';

const sessionEndedMessage = 'Your session has ended. Sign in again.';

export function showTopBar(session, { demoSignIns, demoPassword }) {
  const form = document.getElementById('sign-in');
  const identity = document.getElementById('identity');
  const problem = document.getElementById('sign-in-error');
  const signOutButton = document.getElementById('sign-out');
  const menu = createActAsMenu(demoSignIns, (email) => signIn({ email, password: demoPassword }));

  const codeStep = createCodeStep(completeSignIn, () => {
    showProblem(null);
    show();
    form.elements.email.focus();
  });

  function signIn(input) {
    return attempt(async () => {
      codeStep.close();
      try {
        await session.signIn(input);
      } catch (error) {
        if (error.code !== 'SECOND_FACTOR_REQUIRED') throw error;
        codeStep.open(error, input.email);
        show();
      }
      form.reset();
    });
  }

  function completeSignIn(input, email) {
    return attempt(async () => {
      const recoveryCodes = await session.completeSignIn(input, email);
      codeStep.close();
      if (recoveryCodes !== null) codeStep.showRecoveryCodes(recoveryCodes);
    });
  }

  async function attempt(work) {
    const focused = document.activeElement;
    showProblem(null);
    setBusy(true);
    try {
      await work();
    } catch (error) {
      showProblem(error);
    } finally {
      setBusy(false);
      // What had the focus lost it by being disabled. Where it is gone, what stands in its place is next.
      if (focused.closest('[hidden]') === null) focused.focus();
      else if (codeStep.isOpen()) codeStep.focus();
      else identity.focus();
    }
  }

  function setBusy(isBusy) {
    menu.setBusy(isBusy);
    for (const control of [...form.elements, ...codeStep.form.elements, signOutButton])
      control.disabled = isBusy;
    form.setAttribute('aria-busy', String(isBusy));
    codeStep.form.setAttribute('aria-busy', String(isBusy));
  }

  function showProblem(error) {
    problem.textContent = error === null ? '' : error.message;
    for (const { name } of form.querySelectorAll('input')) {
      form.elements[name].setAttribute('aria-invalid', String(error?.field === `input.${name}`));
    }
  }

  function show() {
    const who = session.who();
    form.hidden = who !== null || codeStep.isOpen();
    codeStep.form.hidden = who !== null || !codeStep.isOpen();
    identity.hidden = who === null;
    document.getElementById('act-as-separator').hidden = who !== null || codeStep.isOpen() || !menu.isOffered;
    menu.mark(who?.email ?? null);
    if (who !== null) showIdentity(who);
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const { email, password, account } = Object.fromEntries(new FormData(form));
    const slug = account.trim();
    void signIn({ email: email.trim(), password, ...(slug === '' ? {} : { account: slug }) });
  });

  signOutButton.addEventListener('click', async () => {
    setBusy(true);
    codeStep.close();
    await session.signOut();
    setBusy(false);
    form.elements.email.focus();
  });

  session.onChange(({ type }) => {
    show();
    showProblem(type === 'ended' ? new Error(sessionEndedMessage) : null);
  });
  show();
}

function showIdentity({ viewer, email }) {
  const person = viewer.member ?? viewer.portalUser;
  const name = person?.name ?? email;
  const details = [person === null ? null : email, viewer.account?.name ?? null];
  document.getElementById('identity-name').textContent = name;
  document.getElementById('identity-initials').textContent = initialsOf(name);
  document.getElementById('identity-kind').textContent = inWords(viewer.role ?? viewer.kind);
  document.getElementById('identity-details').textContent = details
    .filter((detail) => detail !== null && detail !== name)
    .join(' · ');
}

/** The first letters of the first and the last word: 'Ada B. Lovelace' is AL. */
function initialsOf(name) {
  const words = name.split(/[\s@.]+/).filter((word) => word !== '');
  return [...new Set([words[0], words.at(-1)])]
    .map((word) => word?.[0] ?? '')
    .join('')
    .toUpperCase();
}

/** PORTAL_USER becomes 'Portal user'. */
function inWords(kind) {
  const words = kind.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
