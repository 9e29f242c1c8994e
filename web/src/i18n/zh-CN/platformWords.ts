// Words for what platforms tell, by their own numbers and names.
export const addWay = {
    '1': '扫码',
    '2': '搜手机号',
    '3': '名片分享',
    '4': '群聊',
    '5': '手机通讯录',
    '6': '微信联系人',
    '8': '第三方应用客服',
    '9': '搜邮箱',
    '10': '视频号',
    '11': '日程参与人',
    '12': '会议参与人',
    '13': '微信好友对应的企业微信',
    '16': '获客链接',
    '24': '接受微信好友申请',
    '201': '同事共享',
    '202': '管理员分配',
};

export const event = {
    'change_external_contact/add_external_contact': '新加好友',
    'change_external_contact/add_half_external_contact': '客户单方添加',
    'change_external_contact/edit_external_contact': '修改客户备注或标签',
    'change_external_contact/del_external_contact': '员工删除客户',
    'change_external_contact/del_follow_user': '客户删除员工',
    'change_external_contact/transfer_fail': '转接失败',
    'change_external_chat/create': '新建客户群',
    'change_external_chat/update': '客户群变动',
    'change_external_chat/dismiss': '客户群解散',
    'change_external_tag/create': '新建标签',
    'change_external_tag/update': '修改标签',
    'change_external_tag/delete': '删除标签',
    'change_external_tag/shuffle': '标签排序',
    'change_contact/create_user': '新增成员',
    'change_contact/update_user': '成员资料变动',
    'change_contact/delete_user': '成员离职',
    subscribe: '关注',
    unsubscribe: '取消关注',
    SCAN: '扫描带参数二维码',
    'message/text': '文字消息',
    'message/image': '图片消息',
    'message/voice': '语音消息',
    'message/video': '视频消息',
    'message/location': '位置消息',
    'message/link': '链接消息',
};

export const stops = {
    wecom_kf: {
      a: '客户发来的消息不再进来，停用期间的只保留三天',
      b: '欢迎语和所有回复',
    },
    wecom: {
      a: '新加的好友不再即时进池，也收不到欢迎语和标签',
      b: '用这个账号的活码和群码不再更新值班员工',
      c: '同步、客户转接和标签写回',
      d: '通过这个账号发出的所有消息',
    },
    official_account: {
      a: '新关注和留言不再进来',
      b: '带参数二维码带来的客户不再归到渠道',
      c: '通过这个账号发出的所有消息和网页登录',
    },
    other: {
      a: '通过这个账号收发的所有消息',
      b: '依靠这个账号的登录和识别',
    },
};
