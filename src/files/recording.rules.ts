import { allow, can, type Rules } from '../graphql/shield';
import { Permission } from '../members/permission';

export const recordingRules: Rules = {
  Mutation: {
    createRecordingUpload: can(Permission.RECORD_ACTIVITY),
    deleteRecording: can(Permission.RECORD_ACTIVITY),
  },
  // Null for who may not hear it.
  Call: { recording: allow },
  Recording: { url: allow, expiresAt: allow },
};
