import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { broadcasts, type Broadcast, type MomentPost, type MomentReaction } from '../../api/broadcasts';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { Loading } from '../../ui/Loading';
import { Pager } from '../../ui/Pager';
import { ProblemView } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { usePages } from '../../ui/usePages';

const poll = 15_000;

/** Who has published it, on how many timelines it is, and how it is liked. */
export function MomentPosts({ broadcast: b }: { broadcast: Broadcast }) {
  const { t } = useTranslation();
  const f = useFormat();
  const list = useQuery({ queryKey: ['broadcast', b.id, 'posts'], queryFn: () => broadcasts.posts(b.id), refetchInterval: poll });
  if (list.isError) return <ProblemView error={list.error} onRetry={() => void list.refetch()} />;
  if (list.isPending) return <Loading rows={3} />;
  const n = (value: number) => <span className="fp-num">{f.number(value)}</span>;
  return (
    <section className="fp-broadcast-box" aria-labelledby="broadcast-posts">
      <h2 id="broadcast-posts">{t('broadcasts.postsTitle')}</h2>
      <p className="fp-muted">{t('broadcasts.postsNote')}</p>
      <div className="fp-table-wrap">
        <DataTable<MomentPost>
          rowKey="user_id"
          label={t('broadcasts.postsTitle')}
          minWidth={640}
          dataSource={list.data.items ?? []}
          columns={[
            { key: 'who', title: t('broadcasts.member'), render: (_, x) => <b>{x.staff_name || x.user_name || x.user_id}</b> },
            { key: 'status', title: t('broadcasts.status'), render: (_, x) => t(`broadcasts.postStates.${x.status}`) },
            { key: 'at', title: t('broadcasts.publishedAt'), render: (_, x) => (x.published_at ? <TimeText at={x.published_at} /> : <span className="fp-muted">—</span>) },
            { key: 'customers', title: t('broadcasts.counts.customers'), align: 'right', render: (_, x) => n(x.customers) },
            { key: 'likes', title: t('broadcasts.counts.likes'), align: 'right', render: (_, x) => n(x.likes) },
            { key: 'comments', title: t('broadcasts.counts.comments'), align: 'right', render: (_, x) => n(x.comments) },
          ]}
        />
      </div>
    </section>
  );
}

/** Who liked it and commented; what a comment says, the platform does not tell. */
export function MomentReactions({ broadcast: b }: { broadcast: Broadcast }) {
  const { t } = useTranslation();
  const pages = usePages(b.id);
  const { cursor } = pages;
  const list = useQuery({ queryKey: ['broadcast', b.id, 'reactions', cursor], queryFn: () => broadcasts.reactions(b.id, { limit: 20, cursor }), placeholderData: (before) => before, refetchInterval: poll });
  if (list.isError) return <ProblemView error={list.error} onRetry={() => void list.refetch()} />;
  const items = list.data?.items ?? [];
  if (items.length === 0 && pages.number === 1) return null;
  return (
    <section className="fp-broadcast-box" aria-labelledby="broadcast-reactions">
      <h2 id="broadcast-reactions">{t('broadcasts.reactionsTitle')}</h2>
      <p className="fp-muted">{t('broadcasts.reactionsNote')}</p>
      <div className="fp-table-wrap">
        <DataTable<MomentReaction>
          rowKey={(x) => `${x.user_id} ${x.kind} ${x.person_id} ${x.at}`}
          label={t('broadcasts.reactionsTitle')}
          minWidth={480}
          dataSource={items}
          columns={[
            {
              key: 'who',
              title: t('broadcasts.by'),
              render: (_, x) =>
                x.person_id ? (
                  <Link to="/customers/$personId" params={{ personId: x.person_id }}>
                    {x.person_name || x.person_id}
                  </Link>
                ) : (
                  <span className="fp-muted">{t('broadcasts.somebody')}</span>
                ),
            },
            { key: 'kind', title: t('broadcasts.did'), render: (_, x) => t(`broadcasts.did_${x.kind}`) },
            { key: 'post', title: t('broadcasts.postOf'), render: (_, x) => x.user_name || x.user_id },
            { key: 'at', title: t('broadcasts.at'), render: (_, x) => <TimeText at={x.at} /> },
          ]}
        />
        <Pager pages={pages} next={list.data?.next_cursor} />
      </div>
    </section>
  );
}
