import { Button } from '@mantine/core';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { useProviderName } from '#renderer/api/use-provider-name.ts';
import { useProviders } from '#renderer/api/use-providers.ts';
import { Banner } from '#renderer/components/banner.tsx';
import { Card } from '#renderer/components/card.tsx';
import { GatewayPill } from '#renderer/components/gateway-pill.tsx';
import { PageHeader } from '#renderer/components/page-header.tsx';
import { ArrivalCheck } from './arrival-check.tsx';
import { BaseUrls } from './base-urls.tsx';
import { configurationSnippet } from './configuration-snippets.ts';
import classes from './connect.module.css';
import { type ConnectTarget, tokenCommand } from './connect-target.ts';
import { CommandLine, SnippetBox } from './snippet-box.tsx';
import { type ConnectTool, connectTools, findConnectTool } from './tools.ts';
import { unifiedExample } from './unified-snippets.ts';

const route = getRouteApi('/connect');
const usualUrl = 'http://127.0.0.1:8377';
const groups = [
  { id: 'tool', name: 'Tools' },
  { id: 'code', name: 'Your own code' },
  { id: 'every', name: 'Every model' },
] as const;

function ToolList({ chosen }: { readonly chosen: ConnectTool }): ReactNode {
  return (
    <nav className={classes.tools} aria-label="Tools to connect">
      {groups.map((group) => (
        <section key={group.id} aria-label={group.name}>
          <p className={classes.group}>{group.name}</p>
          <ul>
            {connectTools
              .filter((tool) => tool.group === group.id)
              .map((tool) => (
                <li key={tool.id}>
                  <Link
                    to="/connect"
                    search={{ tool: tool.id }}
                    className={classes.item}
                    aria-current={tool.id === chosen.id ? 'true' : undefined}
                  >
                    {tool.name}
                  </Link>
                </li>
              ))}
          </ul>
        </section>
      ))}
    </nav>
  );
}

function Way({
  title,
  text,
  children,
}: {
  readonly title: string;
  readonly text: string;
  readonly children: ReactNode;
}) {
  return (
    <section className={classes.way} aria-label={title}>
      <h3>{title}</h3>
      <p className={classes.quiet}>{text}</p>
      {children}
    </section>
  );
}

function SetupWays({ tool, target }: { readonly tool: ConnectTool; readonly target: ConnectTarget }): ReactNode {
  if (tool.setup === null) return null;
  const start = tool.fetchesTokens
    ? 'From then on, start it as usual: it asks for a token when it needs one.'
    : `It then knows the gateway, and still gets its token from \u201c${tool.run}\u201d.`;
  return (
    <>
      <Way title="Or set it up once" text={`Shows the change to its configuration before making it. ${start}`}>
        <CommandLine command={`toll setup ${tool.setup}`} />
        <p className={classes.quiet}>
          Undo it, to the byte, with <code>toll setup {tool.setup} --undo</code>
        </p>
      </Way>
      <Way title="Or by hand" text="The same lines. Keep what else is in the file.">
        <SnippetBox snippet={configurationSnippet(tool.setup, target)} />
      </Way>
    </>
  );
}

function HandWays({ tool, target }: { readonly tool: ConnectTool; readonly target: ConnectTarget }): ReactNode {
  const snippets = tool.snippets?.(target) ?? [];
  if (snippets.length === 0) return null;
  return (
    <Way title="Or by hand" text="The base URL, and a token for an hour. The command waits until you have answered.">
      {snippets.map((snippet) => (
        <SnippetBox key={snippet.where} snippet={snippet} />
      ))}
    </Way>
  );
}

function UnifiedWay({ target }: { readonly target: ConnectTarget }): ReactNode {
  return (
    <Way
      title="One base URL"
      text="Chat completions, responses, messages and Gemini’s calls, each to the models of every provider. What a provider cannot do is left out and named in the answer’s x-tollkeeper-dropped."
    >
      <CommandLine command={`${target.gatewayUrl}/v1`} />
      <p className={classes.quiet}>
        As the model write <code>provider/model</code>, or an <Link to="/models">alias of yours</Link> that falls back
        by itself. <code>GET /v1/models</code> lists what a token reaches. The Anthropic and Google SDKs take the
        address without <code>/v1</code>.
      </p>
    </Way>
  );
}

function Ways({ tool, target }: { readonly tool: ConnectTool; readonly target: ConnectTarget }): ReactNode {
  const scope = tool.group === 'every' ? target.unified.scopes.join(' ') : `${tool.providers[0] ?? '*'}:chat`;
  return (
    <Card title={tool.name}>
      <div className={classes.ways}>
        {tool.group === 'every' ? <UnifiedWay target={target} /> : null}
        <Way
          title="Start it with toll run"
          text="The simplest way. You answer once; it and all it starts may call models, and access ends when it exits."
        >
          <CommandLine command={tool.runWith?.(target) ?? tool.run} />
        </Way>
        <SetupWays tool={tool} target={target} />
        <HandWays tool={tool} target={target} />
        {tool.group === 'code' && tool.names.length === 0 ? (
          <Way title="Base URLs" text="Each provider under its own path, in its own protocol.">
            <BaseUrls target={target} />
          </Way>
        ) : null}
        <p className={classes.quiet}>
          A token comes from <code>{tokenCommand('NAME', scope.includes(' ') ? `"${scope}"` : scope)}</code>: you are
          asked, then it is printed. It stands wherever a key would. In a checkout, <code>toll</code> is{' '}
          <code>node dist/cli/toll.mjs</code>.
        </p>
      </div>
    </Card>
  );
}

function MissingKey({ tool, target }: { readonly tool: ConnectTool; readonly target: ConnectTarget }): ReactNode {
  const providerName = useProviderName();
  const [first] = tool.providers;
  if (first === undefined || tool.providers.some((id) => target.withKey.has(id))) return null;
  const isAny = tool.names.length === 0;
  return (
    <Banner
      tone="amber"
      title={isAny ? 'There is no key yet.' : `There is no key of ${providerName(first)} yet.`}
      text={`${isAny ? 'Calls' : `${tool.name}\u2019s calls`} are refused until you add one.`}
      action={
        <Button
          size="xs"
          variant="default"
          renderRoot={(props) => <Link to="/keys" search={{ add: isAny ? '' : first }} {...props} />}
        >
          Add a key
        </Button>
      }
    />
  );
}

/** Connect: for each tool the lines that point it at the gateway, and whether its calls arrive. */
export function ConnectPage(): ReactNode {
  const { tool: id } = route.useSearch();
  const status = useOperation('status.read', {});
  const credentials = useOperation('credential.list', {});
  const aliases = useOperation('alias.list', {});
  const providers = useProviders();
  const tool = findConnectTool(id);
  const target: ConnectTarget = {
    gatewayUrl: status.data?.gateway.url ?? usualUrl,
    providers,
    withKey: new Set(credentials.data?.map((credential) => credential.provider)),
    unified: unifiedExample(aliases.data ?? [], credentials.data ?? []),
  };
  if (tool === undefined) return null;
  return (
    <>
      <PageHeader
        title="Connect"
        description="Point a tool at the gateway. It keeps its own protocol, whichever model answers."
      >
        {status.data === undefined ? null : <GatewayPill gateway={status.data.gateway} />}
      </PageHeader>
      <div className={classes.columns}>
        <ToolList chosen={tool} />
        <div className={classes.main}>
          {credentials.data === undefined ? null : <MissingKey tool={tool} target={target} />}
          <ArrivalCheck key={tool.id} tool={tool} />
          <Ways tool={tool} target={target} />
        </div>
      </div>
    </>
  );
}
