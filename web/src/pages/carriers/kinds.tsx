import { ApiOutlined, AppstoreOutlined, CustomerServiceOutlined, GlobalOutlined, MailOutlined, MessageOutlined, WechatOutlined, WechatWorkOutlined } from '@ant-design/icons';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Account } from '../../api/types';

const icons: Partial<Record<string, ReactNode>> = {
  wecom: <WechatWorkOutlined />,
  wecom_kf: <CustomerServiceOutlined />,
  official_account: <WechatOutlined />,
  mini_program: <AppstoreOutlined />,
  web: <GlobalOutlined />,
  email: <MailOutlined />,
  sms: <MessageOutlined />,
};

/** The sign of a kind of account; its name stands beside it or is said to who cannot see it. */
export function KindIcon({ kind, named = false }: { kind: string; named?: boolean }) {
  const { t } = useTranslation();
  return (
    <span className="fp-acc-icon" {...(named ? { role: 'img', 'aria-label': t(`carrier.${kind}`, { defaultValue: kind }) } : { 'aria-hidden': true })}>
      {icons[kind] ?? <ApiOutlined />}
    </span>
  );
}

/** Whether accounts of this sort have members, each with customers of their own. */
export const hasMembers = (a: Pick<Account, 'can'>) => a.can.includes('sync');
export const canTransfer = (a: Pick<Account, 'can' | 'status'>) => a.can.includes('transfer') && a.status === 'active';
