import { WechatWorkOutlined } from '@ant-design/icons';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Conversation, Details } from '../../api/inbox';
import { insideWecom } from './wecomSdk';

/** Stands where one would write: an archived private chat is answered in WeCom. Inside of WeCom its window is one press away, over the only page that may run the platform's script; outside there is no address that leads to one customer's chat. */
export function ArchiveNotice({ conversation: c, details }: { conversation: Conversation; details: Details | undefined }) {
  const { t } = useTranslation();
  const to = details?.chat?.external_id;
  const here = insideWecom() && to && c.account_id;
  return (
    <div className="fp-inbox-composer" data-composer="archive">
      <Alert
        type="info"
        showIcon
        className="fp-inbox-closed"
        title={t('inbox.archive.notice')}
        description={
          <>
            {!here && <p className="fp-small fp-inbox-how">{t('inbox.archive.how', { name: c.assignee_name })}</p>}
            {here ? (
              <Button size="small" type="primary" icon={<WechatWorkOutlined />} href={`/sidebar?${new URLSearchParams({ account: c.account_id, chat: to })}`}>
                {t('inbox.archive.open')}
              </Button>
            ) : (
              <Button size="small" icon={<WechatWorkOutlined />} href="wxwork://">
                {t('inbox.archive.app')}
              </Button>
            )}
          </>
        }
      />
    </div>
  );
}
