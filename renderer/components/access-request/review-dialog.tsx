import { Modal } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { usePlatform } from '#renderer/api/use-platform.ts';
import type { AccessRequest } from '#shared/model/access.ts';
import classes from './access-request.module.css';
import { AccessRequestCard } from './access-request-card.tsx';

interface ReviewDialogProps {
  /** Undefined closes the dialog, as when the request was answered elsewhere. */
  readonly request: AccessRequest | undefined;
  providerName(id: string): string;
  onClose(): void;
}

/** The prompt's question inside the dashboard, for a request that waits. */
export function ReviewDialog({ request, providerName, onClose }: ReviewDialogProps): ReactNode {
  const platform = usePlatform();
  const approve = useAct('request.approve', { showsErrors: true });
  const deny = useAct('request.deny', { showsErrors: true });
  const resetApprove = approve.reset;
  const resetDeny = deny.reset;
  const id = request?.id;
  useEffect(() => {
    if (id === undefined) return;
    resetApprove();
    resetDeny();
  }, [id, resetApprove, resetDeny]);
  return (
    <Modal.Root opened={request !== undefined} onClose={onClose} size={404} padding={17} centered radius="lg">
      <Modal.Overlay backgroundOpacity={0.35} />
      <Modal.Content aria-label="Answer a request">
        <Modal.Body>
          <div tabIndex={-1} data-autofocus className={classes.neutral}>
            {request === undefined ? null : (
              <AccessRequestCard
                key={request.id}
                request={request}
                heading="h2"
                canLockDetect={platform?.canLockDetect ?? true}
                isAnswering={approve.isRunning || deny.isRunning}
                failure={(approve.error ?? deny.error)?.message ?? null}
                providerName={providerName}
                onAllow={(approval) => void approve.run({ id: request.id, approval })}
                onDeny={() => void deny.run({ id: request.id })}
                onDenyAlways={() => void deny.run({ id: request.id, always: true })}
              />
            )}
          </div>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
