// What somebody may lose while they wait for their turn: what it is, how by their id, and what they are answered.
export const losses: [what: string, sql: string, code: string][] = [
  ['the permission', 'delete from ringfence.member_permissions where member_id = $1', 'FORBIDDEN'],
  [
    'all clients but those assigned to them',
    "update ringfence.member_access set client_access = 'ASSIGNED' where member_id = $1",
    'UNAUTHENTICATED',
  ],
  [
    'the session',
    "update fence.sessions set ended_at = now(), end_reason = 'REVOKED' where member_id = $1 and ended_at is null",
    'UNAUTHENTICATED',
  ],
];
