// One's account, part by part.
import "./account_profile.js";
import "./account_password.js";
import "./account_linked.js";
import "./account_sessions.js";
import "./account_activity.js";
import "./account_deletion.js";
import "./account_parts.js";
