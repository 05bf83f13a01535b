import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { ConfirmDialog } from '#renderer/components/confirm-dialog.tsx';
import { notifyDone } from '#renderer/components/notify.ts';
import { notifyUndo } from '#renderer/components/notify-undo.tsx';
import type { Credential } from '#shared/model/credential.ts';
import { RenameKey } from './rename-key.tsx';

interface KeyActionsProps {
  readonly credential: Credential;
  readonly providerName: string;
}

/** What can be done with one key: try it, make it the default, rename it, change it, remove it. */
export function KeyActions({ credential, providerName }: KeyActionsProps): ReactNode {
  const { id, label, fingerprint } = credential;
  const [isRemoving, setRemoving] = useState(false);
  const [isRenaming, setRenaming] = useState(false);
  const navigate = useNavigate();
  const verify = useAct('credential.verify');
  const update = useAct('credential.update');
  const remove = useAct('credential.remove');
  const restore = useAct('credential.restore');

  const tryKey = async (): Promise<void> => {
    const found = await verify.run({ id });
    if (found !== undefined) notifyDone(`${label}: ${found.message}`);
  };
  const removeKey = async (): Promise<void> => {
    const removed = await remove.run({ id });
    setRemoving(false);
    if (removed === undefined) return;
    notifyUndo(`${label} was removed`, () => void restore.run({ id }));
  };
  return (
    <>
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`What to do with ${label} ${fingerprint}`}
            loading={verify.isRunning}
          >
            <IconDots size={16} stroke={1.75} aria-hidden="true" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => void tryKey()}>Try it now</Menu.Item>
          <Menu.Item disabled={credential.isDefault} onClick={() => void update.run({ id, isDefault: true })}>
            Make it the default
          </Menu.Item>
          <Menu.Item onClick={() => setRenaming(true)}>Rename…</Menu.Item>
          <Menu.Divider />
          <Menu.Item onClick={() => void navigate({ to: '/rotation', search: { dialog: 'rotate', of: id } })}>
            Rotate now…
          </Menu.Item>
          <Menu.Item
            onClick={() => void navigate({ to: '/rotation', search: { part: 'keys', dialog: 'schedule', of: id } })}
          >
            Schedule…
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item color="red" onClick={() => setRemoving(true)}>
            Remove…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <RenameKey credential={credential} isOpen={isRenaming} onClose={() => setRenaming(false)} />
      <ConfirmDialog
        isOpen={isRemoving}
        title={`Remove ${label}?`}
        verb="Remove key"
        isRunning={remove.isRunning}
        onConfirm={() => void removeKey()}
        onCancel={() => setRemoving(false)}
      >
        The key {fingerprint} of {providerName} leaves the keychain. Calls that use it stop working
        {credential.isDefault ? ', unless another key of this provider takes over' : ''}. You can undo this for ten
        seconds. The key itself stays valid at {providerName} until you delete it there.
      </ConfirmDialog>
    </>
  );
}
