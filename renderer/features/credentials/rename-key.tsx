import { Modal, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { FormFoot } from '#renderer/components/form-foot.tsx';
import type { Credential } from '#shared/model/credential.ts';
import classes from './keys.module.css';

interface RenameKeyProps {
  readonly credential: Credential;
  readonly isOpen: boolean;
  onClose(): void;
}

/** Changes a key's label. */
export function RenameKey({ credential, isOpen, onClose }: RenameKeyProps): ReactNode {
  const [label, setLabel] = useState(credential.label);
  const update = useAct('credential.update');
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if ((await update.run({ id: credential.id, label })) !== undefined) onClose();
  };
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title="Rename the key"
      size={420}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form className={classes.form} onSubmit={(event) => void submit(event)}>
        <TextInput
          label="Label"
          value={label}
          maxLength={80}
          onChange={(event) => setLabel(event.currentTarget.value)}
          data-autofocus
        />
        <FormFoot verb="Rename" isRunning={update.isRunning} isComplete={label.trim() !== ''} onCancel={onClose} />
      </form>
    </Modal>
  );
}
