import { type ReactNode, useEffect, useRef, useState } from 'react';
import { shell } from '#renderer/api/client.ts';
import { useAct } from '#renderer/api/use-act.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { usePlatform } from '#renderer/api/use-platform.ts';
import { useProviderName } from '#renderer/api/use-provider-name.ts';
import { AccessRequestCard } from '#renderer/components/access-request/access-request-card.tsx';
import { applyColorScheme } from '#renderer/components/theme/color-scheme.ts';
import classes from './prompt.module.css';
import { RequestBundle } from './request-bundle.tsx';
import { useShownRequest } from './use-shown-request.ts';

function useTheme(): void {
  const { data: settings } = useOperation('settings.read', {});
  const theme = settings?.theme;
  useEffect(() => {
    if (theme !== undefined) applyColorScheme(theme);
  }, [theme]);
}

/** The prompt window: the oldest waiting request, or the chosen one of several, but none of the inbox. Hides itself when none waits. */
export function Prompt(): ReactNode {
  useTheme();
  const requests = useOperation('request.list', {});
  const platform = usePlatform();
  const providerName = useProviderName();
  const approve = useAct('request.approve', { showsErrors: true });
  const deny = useAct('request.deny', { showsErrors: true });
  const [chosen, setChosen] = useState<string | null>(null);
  const content = useRef<HTMLDivElement>(null);

  const waiting = (requests.data ?? []).filter(({ inbox }) => inbox === null);
  const current = waiting.find((request) => request.id === chosen) ?? waiting[0];
  const isEmpty = requests.data !== undefined && current === undefined;
  const shownId = useShownRequest(content, current?.id ?? null);
  useEffect(() => {
    if (isEmpty) shell('prompt.hide', {}).catch(() => undefined);
  }, [isEmpty]);

  const denyAll = async (): Promise<void> => {
    for (const request of waiting) await deny.run({ id: request.id });
  };
  return (
    <main className={classes.window}>
      <div className={classes.content} ref={content}>
        {current === undefined ? (
          <p className={classes.nothing}>{requests.error?.message ?? 'No tool is waiting for an answer.'}</p>
        ) : (
          <>
            {waiting.length > 1 ? (
              <RequestBundle
                requests={waiting}
                current={current}
                onSelect={setChosen}
                onDenyAll={() => void denyAll()}
              />
            ) : null}
            <AccessRequestCard
              key={current.id}
              request={current}
              isOnScreen={shownId === current.id}
              canLockDetect={platform?.canLockDetect ?? true}
              isAnswering={approve.isRunning || deny.isRunning}
              failure={(approve.error ?? deny.error)?.message ?? null}
              providerName={providerName}
              onAllow={(approval) => void approve.run({ id: current.id, approval })}
              onDeny={() => void deny.run({ id: current.id })}
              onDenyAlways={() => void deny.run({ id: current.id, always: true })}
            />
          </>
        )}
      </div>
    </main>
  );
}
