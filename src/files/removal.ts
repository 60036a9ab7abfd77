// The job that removes bytes that no file has: of a recording that was replaced or removed, or of an upload that was not finished.
import type { JobHelpers } from 'graphile-worker';
import { fileKey, type FileLocation, type Storage } from './storage';

export function removeFileTask(storage: Storage) {
  return async (payload: unknown, helpers: JobHelpers): Promise<void> => {
    const location = payload as FileLocation;
    const { rows } = await helpers.query<{ exists: boolean }>('select worker.file_exists($1, $2) as exists', [
      location.accountId,
      location.fileId,
    ]);
    if (rows[0]?.exists === false) await storage.delete(fileKey(location));
  };
}
