// The segments of a list.
import { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { Reads } from '../database/columns';
import { RequestContext } from '../graphql/context';
import { List } from '../lists/list.entity';
import { segmentPagesByListId } from './segment.service';
import { ListSegmentsArgs, SegmentConnection } from './segment.types';

@Resolver(() => List)
export class ListSegmentsResolver {
  @FieldResolver(() => SegmentConnection, {
    description:
      'Its segments: shared ones and the viewer’s own, administrators see all; none without ACCESS_CRM.',
  })
  @Reads()
  segments(
    @Root() { id }: List,
    @Args(() => ListSegmentsArgs) args: ListSegmentsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SegmentConnection> {
    return segmentPagesByListId(context, id, args, info);
  }
}
