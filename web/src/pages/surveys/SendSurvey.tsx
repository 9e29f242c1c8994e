import { FormOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { Button, Popover } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { usePublished } from './usePublished';
import './surveys.css';

interface Props {
  /** Whoever opens the address answers as this person. */
  personId: string;
  /** Takes the words to send. */
  onInsert: (text: string) => void;
}

/** Puts the personal address of a survey into what is being written. */
export function SendSurvey({ personId, onInsert }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const { allowed, list, link } = usePublished(open);
  if (!allowed || !personId) return null;
  const pick = (survey: string, name: string) =>
    link.mutate(
      { survey, person: personId },
      {
        onSuccess: (url) => {
          setOpen(false);
          onInsert(t('surveys.sendWords', { name, url, interpolation: { escapeValue: false } }));
        },
      },
    );
  const items = list.data?.items ?? [];
  return (
    <Popover
      trigger="click"
      open={open}
      onOpenChange={setOpen}
      destroyOnHidden
      title={t('surveys.sendOne')}
      content={
        list.isError ? (
          <ProblemView error={list.error} onRetry={() => void list.refetch()} />
        ) : list.isPending ? (
          <Loading rows={2} />
        ) : items.length === 0 ? (
          <p className="fp-muted fp-survey-pick">
            {t('surveys.sendNone')} <Link to="/surveys" search={{}}>{t('surveys.title')}</Link>
          </p>
        ) : (
          <ul className="fp-list fp-survey-pick" aria-label={t('surveys.sendOne')}>
            {items.map((s) => (
              <li key={s.id}>
                <Button type="text" block disabled={link.isPending} onClick={() => pick(s.id, s.name)}>
                  {s.name}
                </Button>
              </li>
            ))}
          </ul>
        )
      }
    >
      <Button size="small" type="text" icon={<FormOutlined />} title={t('surveys.sendHelp')} aria-label={t('surveys.sendOne')} aria-expanded={open} />
    </Popover>
  );
}
