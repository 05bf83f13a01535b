import { Modal } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useKeyName } from '#renderer/api/use-key-name.ts';
import type { RotationOverview } from '#shared/model/rotation.ts';
import { AdminKeyForm } from './admin-key-form.tsx';
import { ConnectForm } from './connect-form.tsx';
import { GuidedRotation } from './guided-rotation.tsx';
import { rotationSupport } from './provider-rotation.ts';
import { AlreadyUnderWay, RotateForm } from './rotate-form.tsx';
import { type RotationSearch, withoutDialog } from './rotation-search.ts';
import { ScheduleForm } from './schedule-form.tsx';

const route = getRouteApi('/rotation');

interface Dialog {
  readonly title: string;
  readonly content: ReactNode;
}

/** The dialog about a key that the address asks for: what can't begin as it is leads to what has to come before. */
function dialogFor(wished: RotationSearch['dialog'], { method, current }: RotationOverview): RotationSearch['dialog'] {
  if (wished !== 'rotate') return wished;
  if (current !== null) return current.guided === true ? 'guide' : 'rotate';
  if (method === 'automatic') return 'rotate';
  return method === 'by-hand' ? 'guide' : 'connect';
}

interface KeyDialogOptions {
  readonly dialog: RotationSearch['dialog'];
  readonly overview: RotationOverview;
  readonly name: string;
  onClose(): void;
}

function keyDialog({ dialog, overview, name, onClose }: KeyDialogOptions): Dialog | null {
  const { provider, current } = overview;
  const support = rotationSupport(provider);
  if (dialog === 'schedule')
    return { title: `When ${name} is changed`, content: <ScheduleForm overview={overview} onDone={onClose} /> };
  if (dialog === 'connect' && support !== undefined)
    return {
      title: `Connect ${name}`,
      content: <ConnectForm overview={overview} support={support} onDone={onClose} />,
    };
  if (dialog === 'rotate' && current !== null)
    return { title: `Rotate ${name}`, content: <AlreadyUnderWay rotationId={current.id} /> };
  if (dialog === 'rotate')
    return { title: `Rotate ${name} now?`, content: <RotateForm overview={overview} onDone={onClose} /> };
  return null;
}

/** The dialog that the address asks for, about a key or a provider. */
export function RotationDialogs({ overviews }: { readonly overviews: readonly RotationOverview[] }): ReactNode {
  const { dialog: wished, of } = route.useSearch();
  const navigate = route.useNavigate();
  const keyName = useKeyName();
  const onClose = (): void => void navigate({ search: withoutDialog });
  const overview = overviews.find(({ credentialId }) => credentialId === of);
  const dialog = overview === undefined ? wished : dialogFor(wished, overview);
  if (dialog === 'guide' && overview !== undefined)
    return <GuidedRotation credentialId={overview.credentialId} onClose={onClose} />;
  const shown: Dialog | null =
    dialog === 'admin'
      ? { title: 'Add an admin key', content: <AdminKeyForm provider={of ?? ''} onDone={onClose} /> }
      : overview === undefined
        ? null
        : keyDialog({ dialog, overview, name: keyName(overview.credentialId), onClose });
  return (
    <Modal
      opened={shown !== null}
      onClose={onClose}
      title={shown?.title}
      size={480}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {shown?.content}
    </Modal>
  );
}
