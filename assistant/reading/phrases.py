"""What blog engines and news sites leave around an article, as whole short paragraphs.

Phrases stand between slashes: `#` is a number (or the engine's own unfilled "%d"), `…` is anything
or nothing that doesn't end in a full stop, `*` is anything or nothing. Case, diacritics and
punctuation don't count; of the colons only those within.
"""

# Never an article's own words, wherever they stand alone.
ANYWHERE = """
share this / share this article / share this story / share this post / share on facebook …
share on twitter … / share on x … / share on whatsapp … / click to share on … / click to email …
click to print … / like this / like loading / # bloggers like this / # blogger likes this
advertisement / advertisement continue reading below / story continues below advertisement
article continues below / skip to content / skip to main content / read also: … / also read: …
read more: … / see also: … / related: … / sign up for our newsletter *
subscribe to our newsletter * / شارك هذا الموضوع / شارك هذا المقال / شارك هذه المقالة
شارك المقال / شارك الخبر / انقر للمشاركة علي … / اضغط للمشاركة علي … / انقر للطباعة …
انقر لإرسال … / اضغط لإرسال … / معجب بهذه / معجب بهذا / إعجاب تحميل / إعجاب جاري التحميل
# مدونون معجبون بهذه / # مدون معجب بهذه / # معجبون بهذه / اقرأ أيضا: … / اقرأ ايضا علي …: …
إقرأ المزيد: … / اقرأ المزيد: … / انظر أيضا: … / شاهد أيضا: … / طالع أيضا: … / مواضيع ذات صلة: …
إعلان / إعلانات / الانتقال إلى المحتوى / التجاوز إلى المحتوى
"""

# Litter only where nothing of the article follows.
AT_THE_END = """
add comment / cancel reply / submit / reply / your email address will not be published *
required fields are marked / comment / name / email / website / save my name email *
notify me of * / you must be logged in * / log in to comment * / log in to leave a comment
please log in … / login / log in / sign in / sign in to comment / register / comments are closed
comments closed / comments off … / no comments / no comments yet / be the first to comment *
be the first to like this / fill in your details below *
you are commenting using your … account / this site uses akismet * / share / tweet / pin it
facebook / twitter / x / whatsapp / telegram / linkedin / pinterest / reddit / tumblr / skype
pocket / instagram / youtube / print / email / copy link / tags: … / tagged … / filed under …
posted in … / categories: … / category: … / previous post … / next post … / previous article …
next article … / newer post / older post / back to top / follow us on … / follow us / subscribe
newsletter / powered by … / copyright # * / copyright c # * / … all rights reserved *
privacy policy / terms of use / terms of service / cookie policy / about us / contact us
علق على الخبر / إلغاء الرد / إرسال التعليق / إرسال تعليق / إرسال
لن يتم نشر عنوان بريدك الإلكتروني * / لن يتم نشر بريدك الإلكتروني *
الحقول الإلزامية مشار إليها ب / التعليق / تعليق / الاسم / البريد الإلكتروني / الموقع
الموقع الإلكتروني / احفظ اسمي * / يجب أن تكون مسجلا * / يجب أنت تكون مسجل * / يجب تسجيل الدخول *
سجل الدخول … / تسجيل الدخول / تسجيل / التعليقات مغلقة … / لا توجد تعليقات / لا يوجد تعليقات
لا تعليقات / كن أول من يعلق … / كن أول المعجبين بهذه / أدخل تعليقك هنا / شارك / مشاركة / غرد
تغريد / تويتر / فيسبوك / فيس بوك / واتساب / واتس آب / تيليجرام / تلغرام / لينكد إن / انستغرام
يوتيوب / طباعة / بريد إلكتروني / المزيد / نسخ الرابط / وسوم / وسوم: … / الوسوم: …
الكلمات المفتاحية … / كلمات دلالية … / التصنيفات: … / التصنيف: … / المقال السابق …
المقال التالي … / المقالة السابقة … / المقالة التالية … / الخبر السابق … / الخبر التالي …
التدوينة السابقة … / التدوينة التالية … / الرئيسية / تابعنا علي … / تابعونا علي … / تابعنا
تابعونا / اشترك في نشرتنا … / اشترك في النشرة … / اشترك / … جميع الحقوق محفوظة *
… كل الحقوق محفوظة * / حقوق النشر # * / حقوق النشر محفوظة * / سياسة الخصوصية / شروط الاستخدام
من نحن / اتصل بنا
"""

# What follows is other articles' headlines, or what readers wrote.
OPENERS = """
related / related posts / related articles / related stories / related news / related topics
read also / also read / read more / read next / see also / more stories / more news
more from … / you may also like … / you might also like … / recommended for you / recommended
most read / most popular / popular posts / recent posts / latest news / trending now / اقرأ أيضا
اقرأ المزيد / إقرأ المزيد / انظر أيضا / شاهد أيضا / طالع أيضا / قد يعجبك أيضا / ربما يعجبك أيضا
قد يهمك أيضا / مواضيع ذات صلة / مواضيع متعلقة / مقالات ذات صلة / مقالات متعلقة / مقالات مشابهة
مقالات أخرى / أخبار ذات صلة / أخبار متعلقة / ذات صلة / موضوعات ذات صلة / موضوعات متعلقة
المزيد من … / الأكثر قراءة / الأكثر مشاهدة / آخر الأخبار / أحدث المقالات
"""

COMMENT_COUNTS = """
# comments / # comment / comments # / # thoughts on … / # thought on … / # responses to …
# response to … / # replies to … / # تعليقات / # تعليق / تعليقات # / التعليقات #
# تعليقات على … / # تعليق على … / # رأي على … / # آراء على … / # من الآراء على …
"""

COMMENT_PROMPTS = """
leave a reply / leave a comment / leave your comment / leave a reply cancel reply
post a comment / post comment / add a comment / write a comment / اترك رد / اترك ردا
اترك ردا إلغاء الرد / اترك رد إلغاء الرد / اترك تعليق / اترك تعليقا / اترك تعليقا إلغاء الرد
اترك تعليقك / أضف تعليق / أضف تعليقا / أضف تعليقك / أضف رد / اكتب تعليقا / اكتب تعليقك
شاركنا رأيك / شاركنا برأيك
"""
