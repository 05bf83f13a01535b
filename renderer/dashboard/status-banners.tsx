import { Button } from '@mantine/core';
import { Link, useLocation } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { Banner } from '#renderer/components/banner.tsx';
import { formatPlural } from '#renderer/components/format/count.ts';
import { useNow } from '#renderer/components/format/use-now.ts';
import type { Status } from '#shared/contract/status.ts';
import { describeRotation } from '#shared/policy/describe-rotation.ts';
import { type TroubledRotation, troubledRotations } from '#shared/policy/rotation-trouble.ts';

function VaultBanner({ vault }: { readonly vault: Status['vault'] }): ReactNode {
  if (vault.state === 'locked') {
    return (
      <Banner
        tone="amber"
        title="The keychain is locked."
        text={
          vault.message ?? 'Unlock it with your login password; keys are safe and calls go on as soon as it is open.'
        }
      />
    );
  }
  if (vault.state === 'unavailable') {
    return (
      <Banner
        tone="red"
        title="There is no usable keychain."
        text={
          vault.message ??
          'Start your desktop\u2019s keychain, or use `toll serve --vault passphrase`. Nothing was lost.'
        }
      />
    );
  }
  if (vault.kind === 'memory') {
    return (
      <Banner
        tone="amber"
        title="Keys are kept in memory only."
        text="They are gone when Tollkeeper quits. A keychain, or `toll serve --vault passphrase`, keeps them."
      />
    );
  }
  return null;
}

function GatewayBanner({ gateway }: { readonly gateway: Status['gateway'] }): ReactNode {
  const pause = useAct('gateway.pause');
  if (gateway.state === 'paused') {
    return (
      <Banner
        tone="amber"
        title="The gateway is paused."
        text="Tools get an error that says so until you resume it."
        action={
          <Button
            size="xs"
            variant="default"
            loading={pause.isRunning}
            onClick={() => void pause.run({ paused: false })}
          >
            Resume
          </Button>
        }
      />
    );
  }
  if (gateway.state === 'failed' || gateway.state === 'stopped') {
    return (
      <Banner
        tone="red"
        title="The gateway is not running."
        text={
          gateway.message ??
          'Tools can\u2019t reach any model. Choose another port in Settings if this one is taken, then restart Tollkeeper.'
        }
        action={
          <Button size="xs" variant="default" renderRoot={(props) => <Link to="/settings" {...props} />}>
            Open Settings
          </Button>
        }
      />
    );
  }
  if (gateway.state === 'restarting') {
    return (
      <Banner
        tone="amber"
        title="The gateway is restarting."
        text={gateway.message ?? 'Calls go on in a moment; no approval is lost.'}
      />
    );
  }
  return null;
}

function nameOf({ overview }: TroubledRotation): string {
  return `\u201c${overview.label}\u201d ${overview.fingerprint}`;
}

/** The changes of keys that stopped or failed, in one line. */
function RotationBanner(): ReactNode {
  const now = useNow(60_000);
  const isShownAnyway = useLocation({ select: ({ pathname }) => pathname === '/rotation' });
  const troubled = troubledRotations(useOperation('rotation.list', {}).data ?? [], now);
  const [first, ...others] = troubled;
  if (first === undefined || isShownAnyway) return null;
  const isStopped = first.rotation.state === 'stopped';
  const { serving } = describeRotation(first.rotation);
  const more = others.length === 0 ? '' : ` ${formatPlural(others.length, 'other')} beside it.`;
  return (
    <Banner
      tone={isStopped ? 'amber' : 'red'}
      title={`The change of ${nameOf(first)} ${isStopped ? 'needs you' : 'failed'}.`}
      text={`${serving} Calls go on.${more}`}
      action={
        <Button
          size="xs"
          variant="default"
          renderRoot={(props) => (
            <Link to="/rotation" search={{ part: 'history', open: first.rotation.id }} {...props} />
          )}
        >
          Show it
        </Button>
      }
    />
  );
}

/** What is the matter with the program as a whole, each line with what to do. Nothing when all is well. */
export function StatusBanners({ status }: { readonly status: Status }): ReactNode {
  return (
    <>
      <VaultBanner vault={status.vault} />
      <GatewayBanner gateway={status.gateway} />
      <RotationBanner />
      {status.ledger.state === 'waiting' ? (
        <Banner
          tone="amber"
          title={'Usage can\u2019t be written.'}
          text={
            status.ledger.message ??
            `Free some disk space; ${formatPlural(status.ledger.pendingRows, 'record')} wait in memory until then.`
          }
        />
      ) : null}
    </>
  );
}
