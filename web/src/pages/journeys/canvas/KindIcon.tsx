import {
  ApiOutlined,
  BellOutlined,
  BranchesOutlined,
  CalendarOutlined,
  CheckSquareOutlined,
  ClockCircleOutlined,
  EditOutlined,
  FieldTimeOutlined,
  FileTextOutlined,
  FlagOutlined,
  ForkOutlined,
  LogoutOutlined,
  MessageOutlined,
  NodeIndexOutlined,
  PercentageOutlined,
  TagOutlined,
  WifiOutlined,
} from '@ant-design/icons';
import type { ReactNode } from 'react';
import type { StepKind } from '../../../api/journeys';

const icons: Record<StepKind, ReactNode> = {
  message: <MessageOutlined />,
  task: <CheckSquareOutlined />,
  webhook: <ApiOutlined />,
  tag: <TagOutlined />,
  trait: <EditOutlined />,
  note: <FileTextOutlined />,
  enter: <NodeIndexOutlined />,
  wait: <ClockCircleOutlined />,
  wait_until: <FieldTimeOutlined />,
  wait_date: <CalendarOutlined />,
  wait_event: <BellOutlined />,
  branch: <BranchesOutlined />,
  property: <ForkOutlined />,
  split: <PercentageOutlined />,
  reachable: <WifiOutlined />,
  goal: <FlagOutlined />,
  exit: <LogoutOutlined />,
};

export function KindIcon({ kind }: { kind: StepKind }) {
  return <>{icons[kind]}</>;
}
