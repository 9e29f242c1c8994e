import { useQuery } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem } from '../../api/problem';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { goToChat, insideWecom } from './wecomSdk';

/**
 * Opens the chat with a customer in WeCom's own window. Only the page beside a chat may run the platform's
 * script, so this stands under its address; see ArchiveNotice for who leads here.
 */
export function OpenChat({ account, to, foreign }: { account: string; to: string; foreign: boolean }) {
  const { t } = useTranslation();
  const inside = insideWecom();
  const going = useQuery({ queryKey: ['sidebar', 'go', account, to], queryFn: () => goToChat(account, to).then(() => true), enabled: inside && !foreign, retry: false, staleTime: Infinity });
  useEffect(() => {
    if (foreign) location.reload();
  }, [foreign]);
  const back = <Button onClick={() => history.back()}>{t('inbox.backToThread')}</Button>;
  return (
    <main className="fp-page fp-sidebar" id="main">
      {!inside ? (
        <EmptyState title={t('inbox.archive.notice')} text={t('inbox.archive.outside')} action={back} />
      ) : going.isError ? (
        <>
          <Alert type="warning" showIcon title={t('inbox.archive.notOpened')} description={asProblem(going.error).detail || going.error.message} />
          <p>{back}</p>
        </>
      ) : going.isSuccess ? (
        <EmptyState title={t('inbox.archive.opened')} action={back} />
      ) : (
        <Loading rows={4} />
      )}
    </main>
  );
}
