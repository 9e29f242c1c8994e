import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button, Select, Table, type TableProps } from 'antd';
import { useTranslation } from 'react-i18next';
import { journeys } from '../../api/journeys';
import { scorecard, type Placed, type Playbook } from '../../api/scorecard';
import { useMe } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { may } from '../../lib/permissions';
import { Figure } from '../../ui/Figure';
import { Loading } from '../../ui/Loading';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { BoundariesForm } from './Boundaries';
import { Fresh, useRefresh } from './Fresh';

type Quadrant = NonNullable<Playbook['quadrants']>[number];

function Advice({ q, here }: { q: Quadrant; here: boolean }) {
  const { t } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const notify = useNotifyProblem();
  const make = useMutation({
    mutationFn: journeys.create,
    onError: notify,
    onSuccess: (made) => void navigate({ to: '/journeys/$journeyId', params: { journeyId: made.id }, search: {} }),
  });
  return (
    <section className={`fp-scorecard-box${here ? ' fp-scorecard-here' : ''}`} aria-label={q.name} data-quadrant={q.key}>
      <header>
        <h2>{q.name}</h2>
        {here && <span className="fp-scorecard-mark">{t('scorecard.here')}</span>}
        <span className="fp-muted fp-small">{t('scorecard.goods', { count: q.products })}</span>
      </header>
      <p>{q.idea}</p>
      <h3>{t('scorecard.journeysOf')}</h3>
      <ul className="fp-scorecard-journeys">
        {(q.journeys ?? []).map((j) => (
          <li key={j.key}>
            <div>
              <b>{j.name}</b>
              <div className="fp-muted fp-small">{j.text}</div>
            </div>
            {may(me.permissions, 'journey.write') && (
              <Button
                className="fp-no-print"
                size="small"
                loading={make.isPending && make.variables.ready === j.key}
                disabled={make.isPending}
                aria-label={t('scorecard.makeOf', { name: j.name })}
                onClick={() => make.mutate({ name: j.name, ready: j.key })}
              >
                {t('scorecard.make')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <h3>{t('scorecard.measuresOf')}</h3>
      <ul className="fp-scorecard-measures">
        {(q.measures ?? []).map((m) => (
          <li key={m.text}>
            <Link to={m.path}>{m.text}</Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Where the brand stands, in words, with what is close to a boundary. */
function Brand({ book }: { book: Playbook }) {
  const { t } = useTranslation();
  const f = useFormat();
  const b = book.brand;
  const at = (book.quadrants ?? []).find((q) => q.key === b.quadrant);
  if (!at || b.again_share === null || b.ticket_minor === null) {
    return (
      <section className="fp-scorecard-box" aria-label={t('scorecard.brand')} data-brand="">
        <h2>{t('scorecard.brand')}</h2>
        <p className="fp-muted">{t('scorecard.cannot', { why: b.why })}</p>
      </section>
    );
  }
  return (
    <section className="fp-scorecard-box" aria-label={t('scorecard.brand')} data-brand={b.quadrant}>
      <h2>{t('scorecard.placed', { name: t('scorecard.brand'), place: at.name })}</h2>
      <p>
        {t('scorecard.because', { buyers: f.number(b.buyers), again: f.share(b.again_share, 1), ticket: f.money(b.ticket_minor, book.currency) })}
        {b.near_often && ` ${t('scorecard.nearOften', { side: at.often ? t('scorecard.seldomSide') : t('scorecard.oftenSide') })}`}
        {b.near_dear && ` ${t('scorecard.nearDear', { side: at.dear ? t('scorecard.cheapSide') : t('scorecard.dearSide') })}`}
      </p>
    </section>
  );
}

function Products({ book, place }: { book: Playbook; place?: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const navigate = useNavigate();
  const all = book.products ?? [];
  if (all.length === 0) return <p className="fp-muted">{t('scorecard.noProducts')}</p>;
  const names = new Map((book.quadrants ?? []).map((q) => [q.key as string, q.name]));
  const period = { from: book.from, to: book.to, time_zone: book.time_zone };
  const head = (of: string, value: string) => <Figure of={`playbook.${of}`} value={value} period={period} countedTo={book.computed_at} />;
  const columns: TableProps<Placed>['columns'] = [
    {
      title: t('scorecard.product'),
      key: 'product',
      render: (_, p) => (
        <>
          {p.name || p.sku} {p.name && <span className="fp-muted fp-small">{p.sku}</span>}
        </>
      ),
    },
    { title: head('buyers', t('scorecard.buyers')), dataIndex: 'buyers', align: 'right', render: (n: number) => f.number(n) },
    { title: head('again_share', t('scorecard.again')), dataIndex: 'again_share', align: 'right', render: (n: number | null) => (n === null ? t('scorecard.none') : f.share(n, 1)) },
    { title: head('ticket_minor', t('scorecard.ticket')), dataIndex: 'ticket_minor', align: 'right', render: (n: number | null) => (n === null ? t('scorecard.none') : f.money(n, book.currency)) },
    {
      title: t('scorecard.place'),
      key: 'place',
      render: (_, p) => (
        <>
          {names.get(p.quadrant) ?? <span className="fp-muted">{t('scorecard.cannot', { why: p.why })}</span>}
          {(p.near_often || p.near_dear) && <span className="fp-muted fp-small"> · {t('scorecard.near')}</span>}
        </>
      ),
    },
  ];
  return (
    <section className="fp-scorecard-box" data-products>
      <header>
        <h2>{t('scorecard.products')}</h2>
        <Select
          className="fp-no-print"
          aria-label={t('scorecard.filter')}
          style={{ minWidth: 180 }}
          value={place ?? ''}
          onChange={(v) => void navigate({ to: '/scorecard', search: { tab: 'playbook', place: v } })}
          options={[{ value: '', label: t('scorecard.all') }, ...[...names].map(([value, label]) => ({ value, label })), { value: 'none', label: t('scorecard.unplaced') }]}
        />
      </header>
      <div className="fp-scroll" tabIndex={0} role="region" aria-label={t('scorecard.products')}>
        <Table<Placed>
          rowKey="sku"
          size="small"
          className="fp-scorecard-products"
          columns={columns}
          dataSource={all.filter((p) => !place || (p.quadrant || 'none') === place)}
          pagination={{ pageSize: 20, hideOnSinglePage: true, showSizeChanger: false }}
        />
      </div>
    </section>
  );
}

export function PlaybookTab({ place }: { place?: string }) {
  const f = useFormat();
  const book = useQuery({ queryKey: ['playbook', f.language], queryFn: scorecard.playbook });
  const refresh = useRefresh('playbook', scorecard.refreshPlaybook);
  if (book.isError) return <ProblemView error={book.error} onRetry={() => void book.refetch()} />;
  if (!book.data) return <Loading rows={10} />;
  const b = book.data;
  return (
    <div className="fp-stack">
      <Fresh of={b} to={b.to} refresh={refresh} page="playbook" query={{}} />
      <Brand book={b} />
      <BoundariesForm key={JSON.stringify(b.boundaries)} book={b} />
      <div className="fp-scorecard-two">
        {(b.quadrants ?? []).map((q) => (
          <Advice key={q.key} q={q} here={b.brand.quadrant === q.key} />
        ))}
      </div>
      <Products book={b} place={place} />
    </div>
  );
}
