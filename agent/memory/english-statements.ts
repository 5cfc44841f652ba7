/** What an English sentence says of the speaker, their colleagues and their office that is worth keeping. */
import { beginsWithStart } from './validity.ts';

/** Things of a home or an office that have one value; "The sky is blue" is no memory, "The door code is 9" is. */
const officeThing =
  '(?:\\S+ ){0,3}(?:code|codes|password|passphrase|passcode|pin|number|extension|address|e-?mail|phone|telephone|fax|wi-?fi|wlan|network|ssid|username|login|combination|hours|deadline|birthday|anniversary|meeting|appointment|office|reception|kitchen|printer|scanner|server|router|key|keys|alarm|safe|locker|parking|landlord|accountant|manager|boss|director|receptionist|caretaker|cleaner|plumber|electrician|supplier|customer|client|contact|lawyer|dentist|doctor|budget|rent|invoice|invoices|delivery|deliveries|lunch|training|standup|stand-up|party|holiday|vacation|flight|train|hotel|van|car|room|floor|toner|coffee machine|first aid kit|fire extinguisher|bins?|gate|door|warehouse|shop|store|branch|team|project|contract|lease|insurance|account|iban|vat id|tax id)(?: (?:of|for|at|in|to|on|with) (?:\\S+ ){0,3}\\S+)?';
const be = "(?:is|are|was|were|will be|['’]s|['’]re)";
const trouble =
  "(?:not\\b|n['’]t|broken|slow|down|crash|fail|stuck|missing|wrong|throw|giving|showing|returning|weird|strange|terrible|awful|great|nice|annoying|boring|too\\b|so\\b|very\\b|really\\b|driving me|killing|here[.!]?$|there[.!]?$|how\\b|what\\b|why\\b|that\\b|to\\b|whether\\b|about\\b|below|above|attached|as follows|following|likely|possibly|probably|maybe|perhaps|unclear|unknown|(?:un)?happy\\b|angry\\b|upset\\b|late[.!]?$|ready\\b|done\\b|gone\\b|(?:open|closed|empty|full|busy|free|locked|dirty|cold|hot|warm|loud)(?:[.!]?$| again)|unclear|a (?:bit|little|problem|mess|joke|lie|question)\\b)";
const notAboutMe =
  '(?:question|problem|issue|guess|point|idea|request|opinion|concern|task|query|thought|theory|understanding|impression|mistake|fault|apologies|bad|pleasure|turn|answer|goal|prompt|input|text|draft|essay|function|program|script|app|query|plan|hope|intention|computer|laptop|browser|head|feeling|message|joke)';

const plainStatements = [
  /^(?:my (?:full |first |last |middle |real |nick)?name(?: is|['’]s)|i am called|i['’]m called|people call me|(?:please |you can |just )?call me|i go by)\s+(?!not\b|a (?:taxi|cab)\b|back\b|later\b|when\b|if\b|tomorrow\b|at\b|on\b).+$/iu,
  /^(?:i['’]?m|i am|im)\s+(?:(?:also|now|currently|severely|very|strictly|a strict|the)\s+)?(?:allergic|vegetarian|vegan|pescatarian|diabetic|coeliac|celiac|left-handed|right-handed|colou?r-?blind|deaf|married|engaged to|divorced|single|retired|pregnant|intolerant|lactose|gluten|from|based in|born|responsible for|in charge of|learning|studying|afraid of|\d{1,3}(?: years old)?[.!]?$|on (?:holiday|leave|vacation|parental)|out of (?:the )?office)\b.*$/iu,
  /^(?:i['’]?m|i am|im)\s+(?:an?|the|your new|one of the|head of|director of|\S+['’]s)\s+(?!(?:bit|little|lot|fan of (?:this|that|yours)|idiot|fool|mess|wreck|genius|same|one|only|first|last|best|worst|beginner at this)\b)[^,]{2,80}$/iu,
  /^i\s+(?:(?:usually|always|never|mostly|generally|normally|often|really|also|still|now|currently|only|(?:do not|don['’]?t|can(?:no|['’])?t|cannot|no longer))\s+)*(?:prefer|like|love|hate|dislike|enjoy|adore|detest|speak|live|reside|work|drive|own|drink|eat|play|wear|study|teach|report to|manage|lead|collect|smoke|sleep|commute|cycle|travel|celebrate|was born|grew up|tolerate)\b(?!\s+(?:it|this|that|these|those|your|you|the (?:answer|idea|first|second|last|way|sound)|to know|how|what|when|on (?:this|it|the (?:code|bug|problem|text))|with (?:this|that|it)|if|for it|like|well)\b)(?=[\s,.]).{2,}$/iu,
  /^i(?:['’]ve got|\s+have)\s+(?:(?:also|always|only|just)\s+)?(?:an?|one|two|three|four|five|six|seven|\d+)\s+(?:\S+ )?(?:dogs?|cats?|children|kids?|sons?|daughters?|brothers?|sisters?|siblings?|horses?|birds?|rabbits?|hamsters?|cars?|bikes?|vans?|allerg(?:y|ies)|(?:\S+ )?allergy|wife|husband|partner|twins?|grandchild(?:ren)?|appointment|pacemaker|degree|licen[cs]e|locker|parking space|desk|garden|boat|house|flat)\b.*$/iu,
  /^[iI](?:\s+have|['’]ve)?\s+(?:parked|hid|keep|kept|store|stored|lent|owe|moved to|started at|joined|got married|take my|lost my)\s+.*\b(?:in|on|at|under|behind|to|from|with|for|by|\d+|[\p{Lu}]\S*)\b.*$/u,
  /^i\s+(?:put|left|placed)\s+(?:the|my|our|your|a)\s+.+\b(?:in|on|at|under|behind|next to|beside|near)\s+(?:the|my|our|a|his|her|\p{Lu})\S*.*$/iu,
  /^my\s+favou?rite\s+.+\s(?:is|are)\s+.+$/iu,
  new RegExp(
    `^my\\s+(?!(?:\\S+ )?${notAboutMe}\\b)(?:\\S+ ){0,5}?(?:${be}|lives?|works?|drives?|likes?|loves?|hates?|prefers?|starts?|leaves?|expires?|arrives?|ends?|moved|speaks?|plays?|has|goes|owes?|costs?|changed|contains?)\\s+(?!${trouble}).+$`,
    'iu',
  ),
  new RegExp(
    `^our\\s+(?!(?:\\S+ )?${notAboutMe}\\b)(?:\\S+ ){0,6}?(?:${be}|lives?|works?|opens?|closes?|starts?|leaves?|expires?|arrives?|ends?|moved|delivers?|has|have|meets?|costs?|changed|needs?|uses?|comes?)\\s+(?!${trouble}).+$`,
    'iu',
  ),
  /^we(?:['’]?re|\s+are)\s+(?:(?:always|usually|now|also)\s+)?(?:closed|open|based|located|moving to|called|a (?:team|company|family|firm|branch|bakery|clinic|school|practice|shop)|\d+ (?:people|employees|colleagues))\b.*$/iu,
  /^we\s+(?:(?:usually|always|never|normally|now|also|only|(?:do not|don['’]?t|no longer))\s+)*(?:open|close|use|pay|order|ship|deliver|meet|start work|moved|switched|bank with|buy|rent|employ|invoice|bill|back up|have \d+|have (?:two|three|four|five|six|seven|eight|nine|ten|twelve)|accept|charge|serve|offer|sell|celebrate|park|work)\b(?!\s+(?:it|this|that|these|too|so|to (?:discuss|talk))\b).{2,}$/iu,
  new RegExp(
    `^(?:the|this)\\s+(?:new |old |main |current )?${officeThing}\\s+(?:(?:has|have) (?:changed to|moved to|been (?:changed|moved) to)|changed to|moved to|${be})\\s+(?:now\\s+)?(?!${trouble}).+$`,
    'iu',
  ),
  new RegExp(`^the\\s+.+\\s(?:is|are)\\s+now\\s+(?!${trouble}).+$`, 'iu'),
  new RegExp(
    `^(?!(?:You|They|We|It|This|That|These|Those|There|He|She|What|Who|Here)\\b)(?:\\p{Lu}\\S*\\s){1,3}(?:is|are)\\s+(?:now\\s+)?(?:my|our)\\s+(?!(?:\\S+ )?${notAboutMe}\\b).+$`,
    'u',
  ),
  new RegExp(
    `^\\p{Lu}\\p{Ll}+(?:\\s\\p{Lu}\\p{Ll}+)?['’]s\\s+(?:birthday|phone|telephone|number|extension|e-?mail|email|address|desk|office|mobile|last day|first day)(?: \\S+)?\\s+${be}\\s+(?!${trouble}).+$`,
    'u',
  ),
];

/** Something that one can look up later: a number, a day, a place, a name. */
const concrete =
  '(?=.*(?:\\d|\\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\\b|\\b(?:january|february|march|april|may|june|july|august|september|october|november|december|noon|midnight|christmas|easter)\\b|\\bevery\\b|\\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|fifty)\\b|@|\\b(?:in|on|at|under|behind|beside|next to|near|opposite|above|below|to|with|by|between) (?:the|our|my|room|reception|\\p{Lu}|\\p{L}+ing\\b)))';
const thing =
  '(?:parcels?|post|mail|deliver(?:y|ies)|invoices?|(?:expense )?reports?|expenses|payday|salar(?:y|ies)|wages|cleaners?|lease|rent|contract|all-hands|stand-?up|canteen|kitchen|hotline|(?:licen[cs]e|number) plate|(?:fire )?extinguishers?|parking(?: spaces?| lot)?|(?:spare )?keys?|doors?|people|technician|(?:heating )?engineer|gardener|auditors?|gate|lift|elevator|alarm|safe|code|password|pin|wi-?fi|printer|scanner|projector|toner|paper|server(?: room)?|(?:meeting )?room(?: \\p{Lu}\\S*| \\d+)?|office|branch|shop|warehouse|reception|archive|coffee machine|dishwasher|fridge|(?:company )?(?:car|van|bike)s?|bus|train|flight|hotel|meeting|training|workshop|review|deadline|budget|fair|visitors?|suppl(?:y|ies|ier)|order|shift|timesheets?|holidays?|lunch(?: break)?|breaks?|breakfast|party|inventory|audit|backups?|bins?|rubbish|recycling|heating|air conditioning|window|first aid kit|notice period|iban|vat id|number|extension|address|plan)';
const happens =
  '(?:is|are|(?:has|have) been moved to|(?:has|have) moved to|moved to|(?:has|have) (?:a new|\\d+|two|three|four|five|six|eight|ten|twelve)|comes?|arrives?|goes|go|gets?|opens?|closes?|starts?|begins?|ends?|finish(?:es)?|runs?|expires?|lasts?|lives?|leaves?|must|can only|may only|stands?|hangs?|meets?|delivers?|changed to|have to)';

const ofTheOffice = [
  // "The lease runs until 2029", "Parcels arrive between 10 and 11", "Room Heron is on the first floor"
  new RegExp(
    `^(?:(?:the|our|all|this year['’]s|next year['’]s)\\s+(?:[\\p{L}'’-]+ ){0,3}?|(?:[\\p{L}-]+ )?)${thing}(?: (?:downstairs|upstairs|outside|inside|\\d+(?: (?:to|and) \\d+)?|(?:of|for|at|in|with) (?:the |our )?[\\p{L}'’-]+(?: \\p{Lu}\\S*)?))?\\s+${happens}\\s+(?:(?:now|always|usually|only|due|collected|moved)\\s+)?(?!${trouble})${concrete}.{2,}$`,
    'iu',
  ),
  new RegExp(
    `^(?:(?:the|our|all)\\s+(?:[\\p{L}'’-]+ ){0,3}?|(?:[\\p{L}-]+ )?)${thing}\\s+(?:only\\s+)?(?:takes?|goe?s? to|belongs? to|seats?|holds?|costs?|needs?|uses?)\\s+(?!${trouble}|(?:forever|ages|hours|time|love|help|attention|fixing|repair)\\b).{2,}$`,
    'iu',
  ),
  /^(?:the|our)\s+(?:\S+ ){1,6}(?:is|are)\s+(?:ours|mine|hers|his|theirs|for (?:visitors|guests|everyone|staff)|(?:closed|out of order|out of service|unmanned|locked|under repair)\s+(?:until|till|from|on|after|between|during|for)\b.+|confidential|off limits)[.!]?$/iu,
  new RegExp(
    `^(?:the|our)\\s+(?:\\S+ ){0,3}['’]?s\\s+\\S+(?: \\S+)?\\s+(?:is|are)\\s+(?!${trouble})${concrete}.+$`,
    'iu',
  ),
  new RegExp(
    `^(?:the|our)\\s+(?:[\\p{L}-]+ ){0,2}[\\p{L}-]+['’]s\\s+(?:[\\p{L}-]+ ){1,3}(?:is|are)\\s+(?!${trouble})${concrete}.+$`,
    'iu',
  ),
  // "The extinguishers are behind the reception desk"
  /^(?:the|our)\s+(?:\S+ ){1,4}(?:is|are)\s+(?:kept\s+|stored\s+|parked\s+)?(?:in|on|at|under|behind|beside|next to|near|opposite|above|below)\s+(?:the|our|my)\s+(?:\S+ ){0,3}(?:desk|cupboard|cabinet|drawer|locker|shelf|kitchen|basement|cellar|archive|reception|hall|corridor|garage|storeroom|storage|warehouse|office|room|floor|lobby|yard|attic|safe|box|rack|stairs|lift|entrance|door|window|sink|fridge)(?: .+)?$/iu,
];

const person =
  "(?:(?:Mr|Mrs|Ms|Dr|Prof)\\.? )?(?!(?:The|This|That|These|Those|There|It|He|She|You|They|We|I|My|Our|Your|If|When|What|Who|Where|Why|How|And|But|So|No|Yes|Maybe|Someone|Nobody|Everybody|Everyone|Today|Tomorrow|Yesterday|Apparently|Python|God)\\b)\\p{Lu}[\\p{L}'’-]*\\p{L}(?: (?:van |de |von )?\\p{Lu}[\\p{L}'’-]+){0,2}";
const post =
  '(?:lead|manager|head|accountant|director|receptionist|intern|assistant|contact|boss|buyer|officer|engineer|lawyer|nurse|caretaker|trainee|colleague|electrician|plumber|landlord|supplier|secretary|planner|coordinator|driver|cook|designer|developer|administrator|admin|apprentice|deputy|supervisor|representative|consultant|chair|treasurer)';
/** Names are told by their capitals, so these heed them. */
const ofPeople = [
  new RegExp(
    `^${person}\\s+(?:is|are)\\s+(?:(?:now|also|still|currently|usually|always)\\s+)?(?:(?:the|our|my|an?|acting|new)\\s+)*(?:\\S+ ){0,3}?${post}\\b(?! (?:joke|problem)).*$`,
    'u',
  ),
  new RegExp(
    `^${person}\\s+(?:is|are)\\s+(?:(?:now|also|still|currently|only)\\s+)?(?:head of|director of|in charge of|responsible for|allergic|vegetarian|vegan|diabetic|lactose|gluten|on (?:\\S+ )?(?:leave|holiday|vacation)|on sick leave|off (?:sick|until|on)|out (?:until|of (?:the )?office)|away (?:until|on|from)|back (?:on|from)|based in|in (?:room|the (?:Hamburg|\\p{Lu}\\S+) office)|at extension|replacing|covering for|standing in for|filling in for|pregnant|retiring|leaving (?:on|in|at the end)|joining (?:us )?(?:on|in)|moving to|the one (?:who|for)|part-time|married|from \\p{Lu}).*$`,
    'u',
  ),
  new RegExp(
    `^${person}\\s+(?:(?:now|also|always|never|usually|only|still|no longer|does(?:n['’]t| not))\\s+)*(?:prefers?|likes?|loves?|hates?|dislikes?|speaks?|works?|lives?|eats?|drinks?|drives?|looks? after|takes? care of|takes? (?:over|calls|lunch|minutes)|handles?|manages?|leads?|reports? to|sits?|retires?|joins?|moves? to|travels?|cycles?|commutes?|smokes?|has (?:the keys?|a (?:dog|cat|car|key|son|daughter)|two|three))\\s+(?!(?:it|this|that|me|you|hard|well|a lot|why|what|how)\\b).{2,}$`,
    'u',
  ),
  new RegExp(
    `^${person}\\s+(?:has\\s+)?(?:taken over|took over|left (?:the (?:company|firm|team)|us|in|on)|joined (?:the (?:company|firm|team)|us|in|on|as)|moved to|been promoted|retired|started (?:on|in|as)|got married|changed (?:her|his|their) (?:name|number))(?=[\\s.,]).*$`,
    'u',
  ),
  new RegExp(
    `^${person}\\s+(?:(?:now|always|usually|only)\\s+)?(?:starts?|leaves?|arrives?|comes?(?: in)?|finish(?:es)?|visits?)\\s+${concrete}.+$`,
    'u',
  ),
  // "I'm Joanna from accounting", "I'm Tomas, the new intern"
  /^(?:[Ii]['’]?m|[Ii] am)\s+(?!(?:Sorry|Done|Back|Fine|Good|Here|Happy|Sure|Not|Ready|Just|Still|Also|Afraid|Going|Trying|Batman|Napoleon|God)\b)\p{Lu}\p{Ll}{2,}(?:\s\p{Lu}\p{Ll}+)?(?:[.!]?$|, I\b.*$|,? (?:from|in|of|with|the|your|our|and|a|an)\b.*$)/u,
];

const aboutMyself = [
  new RegExp(
    `^i\\s+(?:(?:usually|always|never|mostly|normally|often|now|only|do not|don['’]t)\\s+)*(?:start|finish|sit|take|leave|arrive|begin|stop|train|run|moved|get in|come in|go home|have lunch|park)\\s+(?!(?:it|this|that|a look|notes|the blame|you)\\b)${concrete}.+$`,
    'iu',
  ),
  /^i(?:['’]ve got|\s+have)\s+(?:an?|my)\s+(?:\S+ ){0,3}(?:meeting|appointment|call|training|class|course|review|interview|check-?up|exam|lesson|shift)\b(?=.*(?:\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b\d{1,2}(?:st|nd|rd|th)? (?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|\b(?:jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)\w* \d|\d{4}-\d\d|\bevery\b|\btomorrow\b|\bnext (?:week|month)\b)).*$/iu,
  /^i(?:['’]ve got|\s+have)\s+(?!to\b|no\b)(?:\S+ ){1,5}(?:every|on)\s+(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b.*$/iu,
  /^i\s+(?:bike|walk|cycle|drive|commute|take the \S+|go by \S+)\s+to (?:work|the office)\b.*$/iu,
  new RegExp(
    `^i\\s+(?:can(?:no|['’])?t|can only)\\s+(?:come in|work|stay|start|attend|travel|drive|meet|be reached|take calls)\\s+${concrete}.+$`,
    'iu',
  ),
  /^we\s+(?:(?:always|usually|never|only)\s+)?(?:lock|clean|empty|water|check|test|file|send|start|finish|order|back up|review|publish|pay|ship|hold|run|do|get|collect|deliver|take|have our)\s+.+\b(?:every \w+|each \w+|(?:on|until|before|after|in|by|at)\s+(?:the )?(?:\d|noon|midnight|first|last|(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|(?:january|february|march|april|may|june|july|august|september|october|november|december)\b)).*$/iu,
  /^(?:all )?(?:visitors|guests|customers|suppliers|staff|employees|trainees|interns|new (?:colleagues|employees)|couriers|drivers)\s+(?:park|sign|come|enter|wait|pay|get|use|must|may|have to|need to|can only|are not allowed|wear)\b.+$/iu,
  /^i['’](?:d| would) rather (?:have|get|use|work|be called|see)\s+.+$/iu,
  /^i\s+(?:always|usually|never|generally)\s+(?:want|need|write|use|read|get|send|ask for|pay|order|buy|travel|book|take)\s+(?!(?:it|this|that|to know)\b).{3,}$/iu,
];

/** "Please reply in French from now on" */
const standingAfter =
  /^(?:please\s+)?(?:answer|reply|respond|write|speak|use|call|address|format|keep|show|add|include|start|end|be)\b.{3,}\b(?:from now on|in (?:the )?future|every time|at all times|going forward)[.!]?$/iu;
/** "Always answer me in German": how the device is to behave from now on. */
const standing =
  /^(?:please\s+)?(?:always|never|in future,?|from now on,?)\s+(?:please\s+)?(?:always\s+|never\s+)?(?:answer|reply|respond|write|use|call|give|address|keep|format|speak|show|send|add|include|sign|start|end|put|make|be|say|quote|cite|round|translate|spell)\b.{3,}$/iu;

const uncertain =
  /\b(?:might|could be|may be|would (?:be|have|like)|should be|i (?:think|guess|suppose|believe)|maybe|perhaps|probably|possibly|apparently|supposedly|allegedly|presumably|as an example|for example|supposed to|if (?:i|you|we|only)|used to be|it seems|seems (?:to|like)|no idea)\b|\bwas\b.*\bbefore[.!]?$|[:;]-?\(|\?\?/iu;
/** What others say is not what the speaker says. */
const reported =
  /\b(?:says?|said|tells?|told|claims? (?:that|to|the|he|she|it)|claimed|writes?|wrote|states?|stated|mentions?|mentioned|reckons?|thinks?|believes?|assumes?|hopes?|wonders?|suggests?|insists?|according to|heard|asks?|asked|wants? to know|rumou?rs?|as \p{Lu}\S+ puts? it)\b/iu;
const asISaid = /\bas i (?:said|told you|mentioned|wrote)\b,?/giu;
const mocking =
  /^(?:yeah,? right|sure,? (?:and|because)|oh,? (?:great|sure|please|lovely|wonderful|joy)|as if\b|very funny|ha(?:ha)+|lol\b|lovely,|wow,)|\b(?:obviously|thanks a lot|yeah right|just kidding|only joking|not|lol|rofl|haha)[.!]*$|\b(?:santa claus|queen of england|museum piece)\b|🙄|😂|🤣|\s\/s$/iu;
/** "my $name = 'Bob';" */
const program =
  /[;{}<>]\s*$|^\s*(?:\/\/|#|\$|--|\/\*|<)|`|=>|==|^\w+\s*=\s*\S|^(?:const|let|var|def|class|import|select|insert|function|return|public|private)\s+\S+\s*[=({*]|\$\w+\s*=/iu;

/** Work on a program or a page, not life in an office: said outright it is remembered all the same. */
const software =
  /\b(?:(?:exit|return|response|status|error|source|http|my|your) codes?|variables?|functions?|methods?|class(?:es)? \w+|modules?|scripts?|unit tests?|tests?|(?:test )?cases?|buttons?|cursor|comma|semicolon|(?:in|on) line \d+|fields?|columns?|rows?|cells?|quer(?:y|ies)|commits?|compiler|regex|stack ?trace|exceptions?|null|undefined|paragraphs?|in my (?:novel|story|book|game|dream))\b/iu;
/** "Our bank is useless": a judgement, not a fact; what has a value that one word can be is told by its name. */
const judged =
  /^[Oo]ur (?!.*(?:colou?r|name|motto|password|login|language|currency|supplier|bank|mascot) (?:is|are) (?!useless|awful|bad|good|great|slow|expensive|terrible|nice)).+ (?:is|are) (?!closed|open|unmanned|vegetarian|called)\p{Ll}+[.!]*$/u;

/**
 * Supposed, reported, a joke, or about a program.
 * @param whole the sentence as it was said, with what led in to it
 */
export function isDoubtful(said: string, whole: string): boolean {
  const plain = said.replace(asISaid, '');
  return (
    [uncertain, reported, software, judged].some((form) => form.test(plain)) ||
    [mocking, program].some((form) => form.test(whole))
  );
}

/** @param whole as for `isDoubtful` */
export function saysFact(said: string, whole: string): boolean {
  const bare = said.replace(/[.!…\s]+$/u, '');
  if (said.length > 300 || isDoubtful(said, whole)) return false;
  return (
    standing.test(said) ||
    standingAfter.test(said) ||
    [plainStatements, ofTheOffice, ofPeople, aboutMyself].some((kind) =>
      kind.some((form) => form.test(bare)),
    ) ||
    (beginsWithStart(said) && said.length > 16)
  );
}
