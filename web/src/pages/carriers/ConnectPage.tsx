import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Grid, Progress, Steps } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay, useMe } from '../../app/me';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { CallbackStep, type CallbackKeys } from './CallbackStep';
import { DetailsStep, type Draft } from './DetailsStep';
import { EmbedStep } from './EmbedStep';
import { KindStep } from './KindStep';
import { SigningStep } from './SigningKeys';
import { SyncStep } from './SyncStep';
import { TestStep } from './TestStep';
import { useAccount, useKinds } from './useAccounts';
import './carriers.css';

const route = getRouteApi('/shell/accounts/connect');
const every = ['kind', 'details', 'callback', 'test', 'sync'] as const;
type Step = (typeof every)[number] | 'embed' | 'signing';

/**
 * Connects an account step by step. The account exists from the second step on
 * and is in the address: whoever comes back goes on where they were. What was
 * typed stays here when somebody goes back, each kind's apart.
 */
export function ConnectPage() {
  const { t } = useTranslation();
  const me = useMe();
  const may = useMay();
  const navigate = useNavigate();
  const wide = Grid.useBreakpoint().md ?? true;
  const search = route.useSearch();
  const kinds = useKinds();
  const account = useAccount(search.account);
  const [drafts, setDrafts] = useState<Record<string, Draft>>({});
  const [keys, setKeys] = useState<Record<string, CallbackKeys>>({});

  if (!may('carrier.write')) return <Frame><p className="fp-muted">{t('problem.now.permission')}</p></Frame>;
  if (kinds.isError) return <Frame><ProblemView error={kinds.error} onRetry={() => void kinds.refetch()} /></Frame>;
  if (search.account && account.isError) return <Frame><ProblemView error={account.error} onRetry={() => void account.refetch()} /></Frame>;
  if (kinds.isPending || (search.account && account.isPending)) return <Frame><Loading rows={8} /></Frame>;

  const a = search.account ? account.data : undefined;
  const kind = kinds.data.items.find((k) => k.kind === (a?.kind ?? search.kind));
  const steps: Step[] = [
    'kind',
    'details',
    ...(kind?.callbacks ? (['callback'] as const) : []),
    ...(kind?.kind === 'email' ? (['signing'] as const) : []),
    kind?.kind === 'web' ? 'embed' : 'test',
    ...(kind?.can.includes('sync') ? (['sync'] as const) : []),
  ];
  const wanted = steps.find((s) => s === search.step) ?? (a ? (steps[2] ?? 'details') : kind ? 'details' : 'kind');
  const step: Step = !kind ? 'kind' : !a && wanted !== 'kind' ? 'details' : wanted;
  const at = steps.indexOf(step);
  const go = (next: Step, more: { kind?: string; account?: string } = {}) => {
    const account = more.account ?? search.account;
    const chosen = more.kind ?? search.kind;
    void navigate({ to: '/accounts/connect', search: { ...(account ? { account } : chosen ? { kind: chosen } : {}), step: next } });
  };
  const back = () => go(steps[at - 1] ?? 'kind');
  const next = () => {
    const after = steps[at + 1];
    if (after) go(after);
    else if (a) void navigate({ to: '/accounts/$accountId', params: { accountId: a.id }, search: {} });
  };
  const draftKey = kind?.kind ?? '';
  const shown: readonly Step[] = kind ? steps : every;

  return (
    <Frame note={kind && step !== 'kind' ? t('carriers.connectKind', { kind: kind.name }) : t('carriers.connectNote')}>
      {wide ? (
        <Steps
          className="fp-acc-steps"
          size="small"
          current={at}
          onChange={(n) => {
            const to = steps[n];
            if (to && (n <= at || a)) go(to);
          }}
          items={shown.map((s, n) => ({ title: t(`carriers.step_${s}`), disabled: n > at && !a }))}
        />
      ) : (
        <div className="fp-acc-step-of">
          {t('carriers.stepOf', { at: at + 1, of: shown.length, name: t(`carriers.step_${step}`) })}
          <Progress percent={((at + 1) / shown.length) * 100} steps={shown.length} showInfo={false} aria-hidden />
        </div>
      )}
      {step === 'kind' ? (
        <KindStep kinds={kinds.data.items} chosen={kind?.kind} fixed={Boolean(a)} onChoose={(k) => go('details', { kind: k })} />
      ) : !kind ? null : step === 'details' ? (
        <DetailsStep
          key={`${kind.kind}${a?.id ?? ''}`}
          kind={kind}
          account={a}
          draft={drafts[draftKey] ?? { form: { name: a?.name ?? '', owner_staff_id: a?.owner_staff_id ?? me.staff.id } }}
          onDraft={(d) => setDrafts((all) => ({ ...all, [draftKey]: d }))}
          onBack={back}
          onConnected={(id, made) => {
            if (made) setKeys((all) => ({ ...all, [id]: made }));
            go(steps[at + 1] ?? 'details', { account: id });
          }}
        />
      ) : !a ? null : step === 'callback' ? (
        <CallbackStep account={a} kind={kind} keys={keys[a.id]} onKeys={(k) => setKeys((all) => ({ ...all, [a.id]: k }))} onBack={back} onNext={next} />
      ) : step === 'signing' ? (
        <SigningStep account={a} onBack={back} onNext={next} />
      ) : step === 'embed' ? (
        <EmbedStep account={a} onBack={back} onNext={next} />
      ) : step === 'test' ? (
        <TestStep account={a} last={at === steps.length - 1} onBack={back} onMend={() => go('details')} onNext={next} />
      ) : (
        <SyncStep account={a} onBack={back} />
      )}
    </Frame>
  );
}

function Frame({ note, children }: { note?: string; children: React.ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className="fp-page fp-acc-connect">
      <nav className="fp-crumb" aria-label={t('customer.where')}>
        <Link to="/accounts">{t('menu.accounts')}</Link>
      </nav>
      <PageHeader title={t('carriers.connect')} note={note} />
      {children}
    </div>
  );
}
