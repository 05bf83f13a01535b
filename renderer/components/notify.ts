import { notifications } from '@mantine/notifications';
import type { TollkeeperError } from '#shared/model/error.ts';

/** Says for a few seconds that something was done. */
export function notifyDone(message: string): void {
  notifications.show({ message, color: 'teal' });
}

/** Says why something failed; stays until it is closed. */
export function notifyFailure(error: TollkeeperError): void {
  notifications.show({ title: 'That did not work', message: error.message, color: 'red', autoClose: false });
}
