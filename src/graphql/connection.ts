// Relay connections (https://relay.dev/graphql/connections.htm), the same for every list.
import { ArgsType, Field, Int, ObjectType, type ClassType } from 'type-graphql';
import type { PageArguments } from '../database/paging';
import { Computed } from './compiled';
import { ReadsNothing } from './reads-alone';

@ObjectType({ description: 'Where a page stands in its list.', simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean, {
    description: 'Whether there is more after this page. When paging backwards: whether `before` was given.',
  })
  hasNextPage: boolean;

  @Field(() => Boolean, {
    description: 'Whether there is more before this page. When paging forwards: whether `after` was given.',
  })
  hasPreviousPage: boolean;

  @Computed()
  @ReadsNothing()
  @Field(() => String, { nullable: true, description: 'Cursor of the first row; null: the page is empty.' })
  startCursor: () => string | null;

  @Computed()
  @ReadsNothing()
  @Field(() => String, { nullable: true, description: 'Cursor of the last row; null: the page is empty.' })
  endCursor: () => string | null;
}

@ArgsType()
export class PageArgs implements PageArguments {
  @Field(() => Int, {
    nullable: true,
    description: 'Size of the page from the start, 1 to 100. Left out, with `last` left out too: 20.',
  })
  first?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor after which the page starts; of the same list in the same order.',
  })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Size of the page from the end, 1 to 100; not together with `first`.',
  })
  last?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor before which the page ends; of the same list in the same order.',
  })
  before?: string | null;
}

/** The edge type of a node; extend it under its name. */
export function EdgeOf<Node extends object>(node: ClassType<Node>, what: string) {
  @ObjectType({ simpleResolvers: true })
  abstract class EdgeType {
    @ReadsNothing()
    @Field(() => node, { description: `The ${what}.` })
    node: Node;

    @Computed()
    @ReadsNothing()
    @Field(() => String, { description: 'Its place in the list: for `after` and `before`, opaque.' })
    cursor: () => string;
  }
  return EdgeType;
}

/** The connection type of a node; extend it under its name. */
export function ConnectionOf<Node extends object, Edge extends object>(
  node: ClassType<Node>,
  edge: ClassType<Edge>,
  what: string,
) {
  @ObjectType({ simpleResolvers: true })
  abstract class ConnectionType {
    @ReadsNothing()
    @Field(() => [edge], { description: `The ${what} of this page, each with its cursor.` })
    edges: () => Edge[];

    @ReadsNothing()
    @Field(() => [node], { description: `The ${what} of this page.` })
    nodes: Node[];

    @ReadsNothing()
    @Field(() => PageInfo, { description: 'Where this page stands.' })
    pageInfo: PageInfo;

    @Computed()
    @Field(() => Int, { description: 'How many there are on all pages. Counted only when it is selected.' })
    totalCount: () => Promise<number>;
  }
  return ConnectionType;
}
