// Mutants of the fence around what a client is made of.
import { edit, type Mutant } from './mutating';

export const clientPartsMutants: Mutant[] = [
  [
    'who chooses for a client, without the permissions',
    'choosing for a client',
    edit(
      'ringfence.set_client_parts(uuid,jsonb,integer)',
      /perform fence\.require_permission\(authority, needed.*?;/s,
      '',
    ),
  ],
  [
    'who chooses for a client that they do not see',
    'choosing for a client',
    edit(
      'ringfence.set_client_parts(uuid,jsonb,integer)',
      "perform fence.require_permission(authority, 'VIEW_CLIENTS');",
      '',
    ),
  ],
  [
    'clients that are not reached, for whoever chooses for them',
    'choosing for a client',
    edit(
      'fence.lock_client_parts(text,uuid,uuid[],uuid[],integer)',
      /if not fence\.reaches_client.*?end if;|perform fence\.lock_client\(.*?;/gs,
      '',
    ),
  ],
  [
    'archived clients, for whoever chooses for them',
    'choosing for a client',
    edit('fence.lock_client_parts(text,uuid,uuid[],uuid[],integer)', /perform fence\.lock_client\(.*?;/s, ''),
  ],
  [
    'identities that are not seen, for whoever chooses them',
    'choosing for a client',
    edit('fence.visible_identities(text,uuid[])', 'and i.client_id = any (clients)', ''),
  ],
  [
    'lists that are not seen, for whoever chooses them',
    'choosing for a client',
    edit('fence.visible_lists(text,uuid[])', 'and fence.reaches_list(authority, l.id)', ''),
  ],
  [
    'members who work on lists that come, and do not reach the client',
    'choosing for a client',
    edit('fence.members_not_reaching(uuid,uuid,uuid)', /and not exists \(.*\)/s, 'and false'),
  ],
  [
    'names on lists that stay, of members who do not',
    'choosing for a client',
    edit(
      'ringfence.set_client_parts(uuid,jsonb,integer)',
      /if members is not null then\s+perform fence\.require_members.*?end if;/s,
      '',
    ),
  ],
  [
    'what is nobody’s to choose',
    'choosing for a client',
    edit('fence.require_selectable(uuid[],uuid[],text)', 'if place is not null', 'if false'),
  ],
];
