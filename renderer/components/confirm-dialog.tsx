import { Button, Group, Modal } from '@mantine/core';
import type { ReactNode } from 'react';

interface ConfirmDialogProps {
  readonly isOpen: boolean;
  /** The question, such as `End Claude Code's access?`. */
  readonly title: string;
  /** What will stop working, and whether it can be undone. */
  readonly children: ReactNode;
  /** The verb on the button, such as `End access`. */
  readonly verb: string;
  readonly isRunning?: boolean;
  onConfirm(): void;
  onCancel(): void;
}

/** Asks before a destructive act. Cancel comes first and has the focus. */
export function ConfirmDialog({
  isOpen,
  title,
  children,
  verb,
  isRunning = false,
  onConfirm,
  onCancel,
}: ConfirmDialogProps): ReactNode {
  return (
    <Modal opened={isOpen} onClose={onCancel} title={title} size={420} closeButtonProps={{ 'aria-label': 'Close' }}>
      <div>{children}</div>
      <Group justify="flex-end" mt="xl" gap="sm">
        <Button variant="default" onClick={onCancel} data-autofocus>
          Cancel
        </Button>
        <Button color="red" loading={isRunning} onClick={onConfirm}>
          {verb}
        </Button>
      </Group>
    </Modal>
  );
}
