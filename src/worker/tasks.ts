/** Name of the job that sends a mail, as fence.queue_mail adds it. */
export const sendMail = 'send_mail';
