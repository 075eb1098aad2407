return judge(why)
