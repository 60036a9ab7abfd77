import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { DateTime } from '../graphql/scalars';

export enum MessageAuthor {
  AGENT = 'AGENT',
  CONTACT = 'CONTACT',
  PORTAL_USER = 'PORTAL_USER',
  MEMBER = 'MEMBER',
}

registerEnumType(MessageAuthor, {
  name: 'MessageAuthor',
  description: 'Who wrote a message.',
  valuesConfig: {
    AGENT: { description: 'The agent.' },
    CONTACT: { description: 'Whoever the agent talks with, who does not sign in.' },
    PORTAL_USER: { description: 'The portal user whom the conversation is with.' },
    MEMBER: { description: 'Somebody of the team who took over from the agent.' },
  },
});

@ObjectType({ description: 'A message of a conversation.', simpleResolvers: true })
@Entity({ schema: 'ringfence', name: 'messages' })
export class Message {
  @Column({ type: 'uuid', primary: true, name: 'account_id' })
  accountId: string;

  @Field(() => ID, { description: 'Identifies the message.' })
  @Column({ type: 'uuid', primary: true })
  id: string;

  @Field(() => ID, { description: 'The conversation that it belongs to.' })
  @Column({ type: 'uuid', name: 'conversation_id' })
  conversationId: string;

  @Field(() => String, { description: 'What the platform that reported it calls it.' })
  @Column({ type: 'text', name: 'external_id' })
  externalId: string;

  @Field(() => MessageAuthor, { description: 'Who wrote it.' })
  @Column('text')
  author: MessageAuthor;

  @Field(() => String, { description: 'What was written.' })
  @Column('text')
  text: string;

  @Field(() => DateTime, { description: 'When it was sent.' })
  @Column({ type: 'timestamptz', name: 'sent_at' })
  sentAt: string;
}
