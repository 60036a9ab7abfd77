import type { CronItem } from 'graphile-worker';

/** Name of the job that sends a mail, as fence.queue_mail adds it. */
export const sendMail = 'send_mail';
/** Name of the job that removes the bytes of a file from the storage, as fence.queue_removal adds it. */
export const removeFile = 'remove_file';

/** Name of the job that deletes a client for good, as fence.queue_client_deletion adds it. */
export const deleteClient = 'delete_client';
/** Name of the job that has leads follow their list, or deletes them with it, as fence.queue_list_job adds it. */
export const settleList = 'settle_list';
/** Name of the job that removes what has had its time. */
export const removeExpired = 'remove_expired';

/** Jobs that are added at their time, once, however many workers there are. */
export const schedule: CronItem[] = [{ task: removeExpired, match: '23 * * * *' }];
