import { Button, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';

/** How long an act can be taken back, in milliseconds; control keeps a removed key for the same time. */
const undoMs = 10_000;

/** Says what was done, with a button that takes it back for ten seconds. */
export function notifyUndo(message: string, undo: () => void): void {
  const id = notifications.show({
    message: (
      <Group justify="space-between" wrap="nowrap">
        <span>{message}</span>
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => {
            notifications.hide(id);
            undo();
          }}
        >
          Undo
        </Button>
      </Group>
    ),
    color: 'gray',
    autoClose: undoMs,
  });
}
