import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { Button, Input, Modal, Segmented, Select, Tooltip } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { content, type MaterialKind, type Taken } from '../../api/content';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { useSettled } from '../../ui/useSettled';
import { KindIcon, kinds } from './KindIcon';
import { Cover } from './MaterialCard';
import './content.css';

/** What was chosen, ready to be sent. */
export interface Picked extends Taken {
  id: string;
  kind: MaterialKind | 'briefcase';
  title: string;
}

interface Props {
  open: boolean;
  onClose: () => void;
  /** For whom: the link then is theirs, and tells of their reading. Without: one that knows nobody. */
  personId?: string;
  /** Whose link it is; without: of who is signed in. */
  staffId?: string;
  onPick: (picked: Picked) => void;
}

/**
 * Chooses a material or a briefcase and makes what is sent: the parts of a message as
 * POST /conversations/{id}/messages takes them, and the radar link where there is one.
 */
export function MaterialPicker({ open, onClose, personId, staffId, onPick }: Props) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const [text, setText] = useState('');
  const [kind, setKind] = useState<MaterialKind | 'briefcase' | ''>('');
  const [as, setAs] = useState<'link' | 'message'>('link');
  const q = useSettled(text.trim(), 200);
  const found = useQuery({
    queryKey: ['content', 'pick', kind, q],
    enabled: open,
    placeholderData: keepPreviousData,
    queryFn: async () => {
      if (kind === 'briefcase') {
        const page = await content.briefcases({ q: q || undefined, state: 'valid', limit: 30 });
        return page.items.map((b) => ({ id: b.id, kind: 'briefcase' as const, title: b.title, preview: b.intro, cover_id: '' }));
      }
      const page = await content.list({ q: q || undefined, kind: kind || undefined, state: 'valid', sort: q ? undefined : '-used', limit: 30 });
      return page.items.map((m) => ({ id: m.id, kind: m.kind, title: m.title, preview: m.preview, cover_id: m.cover_id }));
    },
  });
  type Choice = NonNullable<typeof found.data>[number];
  const take = useMutation({
    mutationFn: (c: Choice) =>
      content.take({ ...(c.kind === 'briefcase' ? { briefcase_id: c.id } : { material_id: c.id }), person_ids: personId ? [personId] : [], staff_id: staffId, as: c.kind === 'briefcase' ? 'link' : as }),
    onError: notify,
    onSuccess: (taken, c) => {
      onPick({ ...taken, id: c.id, kind: c.kind, title: c.title });
      onClose();
    },
  });
  return (
    <Modal open={open} title={t('content.picker.title')} footer={null} onCancel={onClose} width={640} destroyOnHidden>
      <div className="fp-toolbar">
        <Input className="fp-grow" autoFocus allowClear value={text} maxLength={60} placeholder={t('content.search')} aria-label={t('content.search')} onChange={(e) => setText(e.target.value)} />
        <Select
          value={kind}
          aria-label={t('content.kind')}
          onChange={setKind}
          style={{ minWidth: 110 }}
          options={[{ value: '', label: t('content.allKinds') }, ...kinds.map((k) => ({ value: k, label: t(`content.kinds.${k}`) })), { value: 'briefcase' as const, label: t('content.picker.briefcases') }]}
        />
        <Tooltip title={t(as === 'link' ? 'content.picker.asLinkHelp' : 'content.picker.asSelfHelp')}>
          <Segmented
            aria-label={t('content.picker.how')}
            value={as}
            onChange={setAs}
            options={[
              { value: 'link', label: t('content.picker.asLink') },
              { value: 'message', label: t('content.picker.asSelf') },
            ]}
          />
        </Tooltip>
      </div>
      {found.isError ? (
        <ProblemView error={found.error} onRetry={() => void found.refetch()} />
      ) : !found.data ? (
        <Loading rows={5} />
      ) : found.data.length === 0 ? (
        <EmptyState title={t('content.picker.none')} />
      ) : (
        <ul className="fp-content-lines pick" aria-busy={found.isPlaceholderData}>
          {found.data.map((c) => (
            <li key={c.id}>
              {c.kind === 'briefcase' ? (
                <span className="fp-content-cover" aria-hidden="true">
                  <KindIcon kind="briefcase" />
                </span>
              ) : (
                <Cover material={{ kind: c.kind, cover_id: c.cover_id }} />
              )}
              <span className="grow">
                <b>{c.title}</b>
                <br />
                <span className="fp-muted fp-small fp-content-clip">{c.preview}</span>
              </span>
              <Button size="small" type="primary" ghost loading={take.isPending && take.variables?.id === c.id} aria-label={t('content.picker.use', { name: c.title })} onClick={() => take.mutate(c)}>
                {t('content.picker.send')}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </Modal>
  );
}
