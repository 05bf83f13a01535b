import type { ReactNode } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { ConfirmDialog } from '#renderer/components/confirm-dialog.tsx';
import { formatCount, formatPlural } from '#renderer/components/format/count.ts';
import { notifyDone } from '#renderer/components/notify.ts';

interface EndEverythingProps {
  readonly isOpen: boolean;
  onClose(): void;
}

/** Asks before all access is ended at once. */
export function EndEverything({ isOpen, onClose }: EndEverythingProps): ReactNode {
  const panic = useAct('panic');
  const run = async (): Promise<void> => {
    const done = await panic.run({});
    onClose();
    if (done === undefined) return;
    const { grantsEnded, callsCut, durationMs } = done;
    const inTime = `in ${formatCount(durationMs)} ms`;
    notifyDone(`${formatPlural(grantsEnded, 'grant')} ended and ${formatPlural(callsCut, 'call')} cut ${inTime}`);
  };
  return (
    <ConfirmDialog
      isOpen={isOpen}
      title="End all access?"
      verb="End everything"
      isRunning={panic.isRunning}
      onConfirm={() => void run()}
      onCancel={onClose}
    >
      Every token stops working at once, answers that are still streaming are cut, and requests that wait are denied.
      The gateway forgets its keys until you next allow a request or resume it; every tool must ask again. Stored keys
      and standing policies stay as they are.
    </ConfirmDialog>
  );
}
