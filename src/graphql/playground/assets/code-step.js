/** Between the right password and the session: the field for a code, and what is shown where an app is set up. */

export function createCodeStep(complete, leave) {
  const form = document.getElementById('second-factor');
  const notice = document.getElementById('second-factor-notice');
  let asked = null;

  function close() {
    asked = null;
    form.hidden = true;
    form.reset();
    notice.textContent = '';
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const { challenge, email } = asked;
    void complete({ challenge, code: form.elements.code.value }, email);
  });

  document.getElementById('second-factor-back').addEventListener('click', () => {
    close();
    leave();
  });

  return {
    form,
    isOpen: () => asked !== null,
    close,
    /** `setup` is there where the account demands a second factor of somebody who has none yet. */
    open({ challenge, setup }, email) {
      asked = { challenge, email };
      form.hidden = false;
      notice.textContent = setup
        ? `Your account demands a second factor. Add this key to an app for one-time codes, then enter its code: ${setup.secret}`
        : '';
    },
    focus: () => form.elements.code.focus(),
    /** They are in this one answer and nowhere else; a reload forgets them. */
    showRecoveryCodes(codes) {
      notice.textContent = `Keep these recovery codes, they are not shown again: ${codes.join('  ')}`;
    },
  };
}
