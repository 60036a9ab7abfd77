// Guards whom mail goes to: one mailbox, the one that is stored, and nobody else. Mail libraries and servers read lists,
// groups, comments and quoted parts out of an address; what could be read as any of them is refused before they see it.

/** RFC 5321 allows no longer ones. */
const longest = 254;

/** One local part, one domain, nothing that means anything else in an address or ends a line. Non-ASCII letters are fine. */
const mailbox = /^[^\s\p{C}()<>[\]:;@\\,"]+@[^\s\p{C}()<>[\]:;@\\,"]+$/u;

export function isDeliverable(address: string): boolean {
  return address.length <= longest && mailbox.test(address);
}

/** The domain of a sender, for what has to be unique in the world. */
export function domainOf(address: string): string {
  return address.slice(address.indexOf('@') + 1);
}
