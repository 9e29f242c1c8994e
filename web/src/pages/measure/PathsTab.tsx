import { useQuery } from '@tanstack/react-query';
import { Button, Card, Checkbox, Segmented, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { measure, type PathNode, type Paths, type PathsInput, type PeopleInput } from '../../api/measure';
import { useFormat } from '../../app/useFormat';
import { EmptyState } from '../../ui/EmptyState';
import { Figure } from '../../ui/Figure';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { PeopleDrawer } from './PeopleDrawer';
import { Conditions, DaySpan, EventSelect, Made, Window } from './pieces';
import { readQuestion, type TabProps } from './question';

/** Which way people go from an event on, or came to it. */
export function PathsTab({ kinds, asked, ask }: TabProps) {
  const { t } = useTranslation();
  const question = readQuestion<PathsInput>(asked);
  const start: PathsInput = { start: { any: ['friend.added'] }, within_hours: 24 * 30, depth: 3, direction: 'next' };
  const [draft, setDraft] = useState<PathsInput>(question ?? start);
  const change = (part: Partial<PathsInput>) => setDraft({ ...draft, ...part });
  return (
    <>
      <Card size="small">
        <div className="fp-measure-side">
          <span className="fp-measure-name">{t('measure.start')}</span>
          <EventSelect single kinds={kinds} value={draft.start.any ?? []} onChange={(any) => change({ start: { any, where: [] } })} label={t('measure.start')} />
          <Conditions step={draft.start} kinds={kinds} name={t('measure.start')} onChange={(where) => change({ start: { ...draft.start, where } })} />
        </div>
        <div className="fp-measure-side">
          <span className="fp-measure-name">{t('measure.skip')}</span>
          <EventSelect kinds={kinds.filter((k) => k.events > 0)} max={60} value={draft.skip ?? []} onChange={(skip) => change({ skip })} label={t('measure.skip')} />
        </div>
        <div className="fp-toolbar">
          <Segmented value={draft.direction ?? 'next'} onChange={(direction) => change({ direction })} options={(['next', 'previous'] as const).map((k) => ({ value: k, label: t(`measure.direction.${k}`) }))} />
          <Select aria-label={t('measure.depth')} value={draft.depth ?? 3} onChange={(depth: number) => change({ depth })} options={[1, 2, 3, 4, 5].map((n) => ({ value: n, label: t('measure.deep', { count: n }) }))} />
          <label className="fp-measure-inline">
            {t('measure.within')} <Window hours={draft.within_hours} onChange={(within_hours) => change({ within_hours })} />
          </label>
          <DaySpan from={draft.from} to={draft.to} onChange={(from, to) => change({ from, to })} />
          <Checkbox checked={draft.repeats ?? false} onChange={(e) => change({ repeats: e.target.checked })}>
            {t('measure.repeats')}
          </Checkbox>
          <Button type="primary" className="fp-end" disabled={!draft.start.any?.length} onClick={() => ask(draft)}>
            {t('measure.count')}
          </Button>
        </div>
      </Card>
      {question ? <Ways question={question} names={new Map(kinds.map((k) => [k.kind, k.label]))} /> : <EmptyState title={t('measure.pathsEmpty')} text={t('measure.pathsEmptyText')} />}
    </>
  );
}

function Ways({ question, names }: { question: PathsInput; names: Map<string, string> }) {
  const { t } = useTranslation();
  const f = useFormat();
  const [opened, setOpened] = useState<{ title: string; who: PeopleInput }>();
  const answer = useQuery({ queryKey: ['paths', question], queryFn: () => measure.paths(question) });
  if (answer.isError) return <ProblemView error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <Loading rows={6} />;
  const d: Paths = answer.data;
  if (d.cannot) return <EmptyState title={t('measure.cannot')} text={d.cannot} />;
  if (d.persons === 0) return <EmptyState title={t('measure.nobody')} />;
  const about = { period: d.period, countedTo: d.counted_to };
  const open = (labels: string[], path: string[]) => setOpened({ title: labels.join(' → ') || t('measure.start'), who: { paths: question, path } });
  return (
    <Card size="small" className="fp-measure-answer" title={t('measure.answer')}>
      <Made period={d.period} countedTo={d.counted_to} />
      <p>
        <Figure of="paths.persons" value={t('measure.started')} {...about} />{' '}
        <Button type="link" size="small" className="fp-num" onClick={() => open([], [])}>
          {t('measure.people', { count: d.persons, number: f.number(d.persons) })}
        </Button>
      </p>
      <div className="fp-measure-bar fp-measure-heads">
        <span />
        <span />
        <Figure of="paths.next.persons" value={t('measure.size')} {...about} />
        <Figure of="paths.next.share" value={t('measure.ofBefore')} {...about} />
      </div>
      <Branch nodes={d.next ?? []} rest={d.rest} of={d.persons} labels={[]} path={[]} open={open} about={about} />
      {(d.skipped ?? []).length > 0 && <p className="fp-muted fp-small">{t('measure.skipped', { kinds: (d.skipped ?? []).map((k) => names.get(k) ?? k).join(' · ') })}</p>}
      {opened && <PeopleDrawer title={opened.title} who={opened.who} onClose={() => setOpened(undefined)} />}
    </Card>
  );
}

interface BranchProps {
  nodes: PathNode[];
  rest: PathNode['rest'];
  of: number;
  labels: string[];
  path: string[];
  open: (labels: string[], path: string[]) => void;
  about: { period: Paths['period']; countedTo?: string | null };
}

function Branch({ nodes, rest, of, labels, path, open, about }: BranchProps) {
  const { t } = useTranslation();
  const f = useFormat();
  const share = (n: number) => (of > 0 ? f.share(n / of, n > 0 && n / of < 0.01 ? 1 : 0) : '—');
  return (
    <ul className="fp-measure-branch">
      {nodes.map((n) => (
        <li key={n.kind}>
          <div className="fp-measure-bar">
            <span className="fp-measure-label">{n.label}</span>
            <span className="fp-measure-track" aria-hidden>
              <span style={{ width: `${(n.share ?? 0) * 100}%` }} />
            </span>
            <Button type="link" size="small" className="fp-num" onClick={() => open([...labels, n.label], [...path, n.kind])}>
              {t('measure.people', { count: n.persons, number: f.number(n.persons) })}
            </Button>
            <span className="fp-num fp-measure-share">{share(n.persons)}</span>
          </div>
          {(n.next ?? []).length > 0 && <Branch nodes={n.next ?? []} rest={n.rest} of={n.persons} labels={[...labels, n.label]} path={[...path, n.kind]} open={open} about={about} />}
        </li>
      ))}
      {(['others', 'ended'] as const).map(
        (k) =>
          rest[k] > 0 && (
            <li key={k} className="fp-muted">
              <Figure of={`paths.rest.${k}`} value={t(`measure.${k}`)} {...about} /> <span className="fp-num">{f.number(rest[k])}</span> · {share(rest[k])}
            </li>
          ),
      )}
    </ul>
  );
}
