/** The operations of the playground: the tabs that somebody finds who opens it for the first time. */

/** What the top bar says about who is signed in. */
export const viewerFields = 'kind role account { name } member { name } portalUser { name }';

export const newTabQuery = '# Ctrl-Space completes, Ctrl-Enter runs.\n\n';

const year = new Date().getFullYear();

export const exampleTabs = [
  {
    query: `# Who am I, and what may I do?
# Act as somebody above, then press Ctrl-Enter.
query WhoAmI {
  viewer {
    kind
    role
    permissions
    clientAccess
    sessionExpiresAt
    account {
      id
      slug
      name
    }
    member {
      id
      name
      jobTitle
      email
    }
  }
}
`,
  },
  {
    query: `# The clients that are yours, and only these:
# run it as the owner, then act as a member.
# The next page comes "after" the endCursor.
query MyClients(
  $first: Int
  $after: String
  $filter: ClientFilter
  $search: String
  $orderBy: ClientOrder
) {
  clients(
    first: $first
    after: $after
    filter: $filter
    search: $search
    orderBy: $orderBy
  ) {
    totalCount
    nodes {
      id
      name
      status
      contactName
      contactEmail
      organization {
        name
      }
      accountManager {
        name
      }
      createdAt
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
    variables: variables({
      first: 10,
      after: null,
      filter: { status: ['ACTIVE', 'INACTIVE'] },
      search: null,
      orderBy: 'NAME_ASC',
    }),
  },
  {
    query: `# The same agents as owner, as a member who was
# assigned some, and as a portal user of one.
query AgentsByClient($first: Int) {
  clients(first: $first) {
    nodes {
      name
      agentCount
      agents {
        nodes {
          id
          name
          kind
          effectiveStatus
          phoneNumbers
          configuration {
            version
            settings
            savedBy
          }
        }
      }
    }
  }
}
`,
    variables: variables({ first: 10 }),
  },
  {
    query: `# What outreach is sent from. The owner sees what is
# of no client too, a member what is of their clients.
# With a client's id: what can be used for it.
query Identities(
  $first: Int
  $filter: IdentityFilter
) {
  identities(first: $first, filter: $filter) {
    totalCount
    nodes {
      id
      kind
      phoneNumber
      email
      displayName
      verifiedAt
      client {
        name
      }
    }
  }
}
`,
    variables: variables({
      first: 10,
      filter: { kind: ['CALLER_ID', 'EMAIL'], clientId: null },
    }),
  },
  {
    query: `# What an agent did stays with the client that
# it did it for. Put ids into the variables.
mutation MoveAgent($input: MoveAgentInput!) {
  moveAgent(input: $input) {
    agent {
      name
      client {
        name
      }
      stays {
        startedAt
        endedAt
        client {
          name
        }
      }
    }
  }
}
`,
    variables: variables({
      input: { id: 'the id of an agent', clientId: 'the id of a client' },
    }),
  },
  {
    query: `# Lists of people to call, of clients and of none:
# as owner, and as a member who was named on some.
query Lists($first: Int, $filter: ListFilter) {
  lists(first: $first, filter: $filter) {
    nodes {
      name
      access
      client {
        name
        effectiveBlindMode
      }
      workflow {
        queueOrder
        callingDays
        callingFrom
        callingUntil
      }
      fields {
        name
        type
      }
      dispositions {
        name
        leadState
      }
      members {
        name
      }
    }
  }
}
`,
    variables: variables({ first: 10, filter: {} }),
  },
  {
    query: `# "search" takes pieces of words in any order, or a
# telephone number. What is on a list closed to you,
# or in blind mode, is not found: act as a member.
query FindLeads(
  $first: Int
  $after: String
  $search: String
  $filter: LeadFilter
  $orderBy: LeadOrder
) {
  leads(
    first: $first
    after: $after
    search: $search
    filter: $filter
    orderBy: $orderBy
  ) {
    totalCount
    nodes {
      id
      name
      company
      state
      callBackAt
      attempts
      emails
      phones
      list {
        name
        client {
          name
        }
      }
      values {
        field {
          name
        }
        text
        number
        date
        boolean
      }
      notes(first: 3) {
        totalCount
        nodes {
          text
          authorName
        }
      }
      duplicates {
        id
        name
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
    variables: variables({
      first: 10,
      after: null,
      search: null,
      filter: { state: ['NEW', 'IN_PROGRESS', 'CALL_BACK'], attempts: { minimum: 0, maximum: 5 } },
      orderBy: 'CALL_BACK_AT_ASC',
    }),
  },
  {
    query: `# Run it twice: the second time the client has the
# lead already, by its email or phone number, and
# the list says what becomes of that.
mutation CreateLead($input: CreateLeadInput!) {
  createLead(input: $input) {
    outcome
    lead {
      id
      name
      phones
      list {
        duplicateHandling
      }
    }
  }
}
`,
    variables: variables({
      input: {
        listId: 'the id of a list',
        name: 'Nora Lindqvist',
        company: 'Lindqvist & Daughters Ltd.',
        emails: ['nora@lindqvist.example'],
        phones: ['+49 30 901820'],
      },
    }),
  },
  {
    query: `# Two ids of "duplicates": one lead stays, and is
# afterwards all that both were.
mutation MergeLeads($input: MergeLeadsInput!) {
  mergeLeads(input: $input) {
    mergedIds
    lead {
      name
      company
      emails
      phones
      history(first: 10) {
        nodes {
          subject
          fieldName
          from
          to
          mergedFrom
          actorName
        }
      }
    }
  }
}
`,
    variables: variables({ input: { id: 'the id of a lead', mergedIds: ['the id of another one'] } }),
  },
  {
    query: `# Up to 500, each with its own changes. One that is
# rejected takes no other with it.
mutation UpdateLeads($input: UpdateLeadsInput!) {
  updateLeads(input: $input) {
    results {
      index
      outcome
      error {
        code
        message
        field
        reason
      }
      lead {
        name
        state
        version
      }
    }
  }
}
`,
    variables: variables({
      input: {
        leads: [
          { id: 'the id of a lead', changes: { state: 'IN_PROGRESS' } },
          { id: 'the id of another one', changes: { state: 'LOST', callBackAt: null } },
        ],
      },
    }),
  },
  {
    query: `# Segments are saved conditions on the leads of a list, campaigns
# planned runs over them: without numbers where blind mode hides the leads.
query SegmentsAndCampaigns {
  segments {
    nodes {
      name
      shared
      list {
        name
      }
      filter {
        state
        values {
          fieldId
          choices
        }
      }
      leadCount
      leads(first: 3) {
        nodes {
          name
          state
        }
      }
    }
  }
  campaigns {
    nodes {
      name
      state
      startsOn
      segment {
        name
      }
      members {
        name
      }
      progress {
        total
        open
        attempted
        won
        callBacksDue
      }
    }
  }
}
`,
  },
  {
    query: `# Put a list's id into the variables. Run it twice,
# and as two members: one lead at a time, and nobody
# else gets it. In blind mode it is all that is seen.
mutation NextLead($input: NextLeadInput!) {
  nextLead(input: $input) {
    heldUntil
    lead {
      id
      name
      phones
      state
      attempts
      list {
        name
        dispositions {
          id
          name
          leadState
        }
      }
    }
  }
}
`,
    variables: variables({ input: { listId: 'the id of a list' } }),
  },
  {
    query: `# What there is to do: the lead that you hold, and
# what is open, due and yours on each list.
query Work($first: Int) {
  work {
    heldLead {
      id
      name
      hold {
        heldUntil
      }
    }
    lists(first: $first) {
      nodes {
        id
        name
        work {
          open
          callBacksDue
          mine
        }
      }
    }
  }
}
`,
    variables: variables({ first: 20 }),
  },
  {
    query: `# What agents did, newest first; each call with
# the client that it was for when it began.
query RecentCalls($first: Int, $filter: CallFilter) {
  calls(first: $first, filter: $filter) {
    nodes {
      startedAt
      agentName
      client {
        name
      }
      direction
      outcome
      durationSeconds
      billableSeconds
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
    variables: variables({ first: 20, filter: { outcome: ['COMPLETED', 'TRANSFERRED'] } }),
  },
  {
    query: `# Summed up over what you see: run it as owner,
# then act as a member or as a portal user.
query UsageByMonth($from: LocalDate!, $to: LocalDate!, $groupBy: [UsageGroup!]!) {
  usage(from: $from, to: $to, groupBy: $groupBy) {
    month
    client {
      name
    }
    agentName
    calls
    billableSeconds
    conversations
    messages
  }
}
`,
    variables: variables({ from: `${year}-01-01`, to: `${year + 1}-01-01`, groupBy: ['MONTH', 'CLIENT'] }),
  },
  {
    query: `query Organizations($first: Int) {
  organizations(first: $first) {
    totalCount
    nodes {
      id
      name
      status
      clientCount
      tags
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
    variables: variables({ first: 10 }),
  },
  {
    query: `# The team. What only those who manage members
# may see is null for everybody else.
query Team($first: Int) {
  members(first: $first) {
    totalCount
    nodes {
      id
      name
      jobTitle
      role
      email
      clientAccess
    }
  }
}
`,
    variables: variables({ first: 25 }),
  },
  {
    query: `# Nobody gives what they do not hold. Act as
# the administrator, and give the role OWNER.
mutation CreateMember($input: CreateMemberInput!) {
  createMember(input: $input) {
    member {
      id
      name
      email
      role
      permissions
    }
  }
}
`,
    variables: variables({
      input: {
        name: 'Nadia Okafor',
        email: 'nadia@demo.test',
        password: 'choose another one',
        permissions: ['VIEW_CLIENTS', 'EDIT_CLIENTS'],
      },
    }),
  },
  {
    query: `# A member who has only some of the clients
# is assigned to the one they create.
# Run it twice: the email is taken.
mutation CreateClient($input: CreateClientInput!) {
  createClient(input: $input) {
    client {
      id
      name
      status
      contactName
      contactEmail
      version
    }
  }
}
`,
    variables: variables({
      input: {
        name: 'Juniper Dental',
        contactName: 'Ines Castillo',
        contactEmail: 'ines@juniper-dental.example',
        contactPosition: 'Practice manager',
      },
    }),
  },
  {
    query: `# Chosen with it: its lists, who works for it,
# and what it is called from. Put ids into the
# variables. Whoever works on a list has to be
# among the members.
mutation CreateClientWithEverything($input: CreateClientInput!) {
  createClient(input: $input) {
    client {
      id
      name
      effectiveBlindMode
      members {
        nodes {
          id
          name
        }
      }
      identities {
        nodes {
          id
          phoneNumber
          email
        }
      }
      lists(filter: { status: [ACTIVE, MOVING] }) {
        nodes {
          id
          name
          status
        }
      }
    }
  }
}
`,
    variables: variables({
      input: {
        name: 'Larkspur Logistics',
        blindMode: 'ON',
        memberIds: [],
        identityIds: [],
        listIds: [],
      },
    }),
  },
  {
    query: `# Put a client's id into the variables.
mutation ArchiveClient($input: ChangeClientStatusInput!) {
  archiveClient(input: $input) {
    client {
      id
      name
      status
      version
    }
  }
}
`,
    variables: variables({ input: { id: 'the id of a client' } }),
  },
  {
    query: `# What is not yours answers exactly like
# what does not exist. Copy the id of a client,
# act as the owner of another account, and ask.
query NotMine($id: ID!) {
  client(id: $id) {
    id
    name
  }
}
`,
    variables: variables({ id: '00000000-0000-7000-8000-000000000000' }),
  },
];

function variables(values) {
  return JSON.stringify(values, null, 2);
}
