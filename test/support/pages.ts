// Walks a list page by page, as a front end does, and checks what every page says about where it stands.

export interface Place {
  first?: number;
  after?: string | null;
  last?: number;
  before?: string | null;
}

export interface Page<Node> {
  nodes: Node[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
}

export interface Walk<Node> {
  read: (place: Place) => Promise<Page<Node>>;
  size: number;
  /** Called between two pages. */
  meanwhile?: () => Promise<unknown>;
}

/** More than any list of the tests has; a walk that does not end would hide why. */
const endless = 500;

/** All nodes from the first page to the last, in the order of the list. */
export async function forwards<Node>({ read, size, meanwhile }: Walk<Node>): Promise<Node[]> {
  const nodes: Node[] = [];
  for (let after: string | null = null; ; await meanwhile?.()) {
    const page: Page<Node> = await read({ first: size, after });
    expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
    nodes.push(...page.nodes);
    if (nodes.length > endless) throw new Error('paging forwards does not end');
    if (!page.pageInfo.hasNextPage) return nodes;
    expect(page.nodes).toHaveLength(size);
    after = page.pageInfo.endCursor;
  }
}

/** All nodes from the last page to the first, in the order of the list. */
export async function backwards<Node>({ read, size, meanwhile }: Walk<Node>): Promise<Node[]> {
  const nodes: Node[] = [];
  for (let before: string | null = null; ; await meanwhile?.()) {
    const page: Page<Node> = await read({ last: size, before });
    expect(page.pageInfo.hasNextPage).toBe(before !== null);
    nodes.unshift(...page.nodes);
    if (nodes.length > endless) throw new Error('paging backwards does not end');
    if (!page.pageInfo.hasPreviousPage) return nodes;
    expect(page.nodes).toHaveLength(size);
    before = page.pageInfo.startCursor;
  }
}
