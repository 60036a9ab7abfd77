/** The menu of demo principals, used with the mouse, by touch or with the keys that a menu has. */

export function createActAsMenu(demoSignIns, choose) {
  const frame = document.getElementById('act-as');
  const button = document.getElementById('act-as-button');
  const menu = document.getElementById('act-as-menu');

  const items = demoSignIns.map(({ label, email }) => {
    const item = document.createElement('button');
    item.type = 'button';
    item.className = 'menu-item';
    item.tabIndex = -1;
    item.setAttribute('role', 'menuitemradio');
    item.setAttribute('aria-checked', 'false');
    item.dataset.email = email;
    item.append(textElement('b', label), textElement('span', email));
    item.addEventListener('click', () => {
      close();
      choose(email);
    });
    return item;
  });
  menu.append(...items);
  frame.hidden = items.length === 0;

  function open(itemToFocus) {
    menu.hidden = false;
    button.setAttribute('aria-expanded', 'true');
    itemToFocus.focus();
  }

  function close() {
    menu.hidden = true;
    button.setAttribute('aria-expanded', 'false');
    button.focus();
  }

  const checkedItem = () => items.find((item) => item.getAttribute('aria-checked') === 'true') ?? items[0];

  button.addEventListener('click', () => (menu.hidden ? open(checkedItem()) : close()));
  button.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    open(event.key === 'ArrowDown' ? items[0] : items.at(-1));
  });

  menu.addEventListener('keydown', (event) => {
    const position = items.indexOf(document.activeElement);
    const move = {
      ArrowDown: () => items[(position + 1) % items.length].focus(),
      ArrowUp: () => items.at(position - 1).focus(),
      Home: () => items[0].focus(),
      End: () => items.at(-1).focus(),
      Escape: close,
    }[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  });

  frame.addEventListener('focusout', (event) => {
    if (frame.contains(event.relatedTarget)) return;
    menu.hidden = true;
    button.setAttribute('aria-expanded', 'false');
  });

  return {
    isOffered: items.length > 0,
    setBusy(isBusy) {
      button.disabled = isBusy;
    },
    /** Marks the principal with this email as the one who is signed in. */
    mark(email) {
      for (const item of items) item.setAttribute('aria-checked', String(item.dataset.email === email));
    },
  };
}

function textElement(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}
