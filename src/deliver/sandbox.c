/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "deliver/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "store/fd.h"

/* The process gives up what it does not need, in an order in which each step still has the right to be done:
 * the bounding set needs CAP_SETPCAP, the ids need CAP_SETGID and CAP_SETUID, and a change of the user id
 * undoes both PR_SET_DUMPABLE and PR_SET_PDEATHSIG, which are thus set again after it. Landlock comes last:
 * it needs nothing but NO_NEW_PRIVS.
 *
 * A step that fails ends the mailer, with two exceptions. Ids that cannot be changed (a user namespace with
 * one id: EPERM, EINVAL) stay, since the capabilities go all the same. Landlock that is not there is a thing
 * to be told, not a reason to withhold the mail. */

/* The kernel's headers may be older than the kernel. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14) /* ABI 3 */
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15) /* ABI 5 */
#endif
#ifndef LANDLOCK_SCOPE_SIGNAL
#define LANDLOCK_SCOPE_SIGNAL (1ULL << 1) /* ABI 6 */
#endif

/* struct landlock_ruleset_attr as of ABI 6; the kernel takes a longer one whose rest is zero. */
typedef struct RulesetAttributes {
        uint64_t handled_access_fs, handled_access_net, scoped;
} RulesetAttributes;

int sandbox_hide(void)
{
        return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -errno : 0;
}

int sandbox_follow(pid_t parent)
{
        if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
                return -errno;
        return parent != 0 && getppid() != parent ? -ESRCH : 0;
}

/* EINVAL marks the end of the capabilities that this kernel knows. Without CAP_SETPCAP the set stays, and is
 * of no use: with NO_NEW_PRIVS no program that is executed gains anything from it. */
static int drop_bounding_set(void)
{
        for (unsigned long cap = 0; cap < 64; cap++)
                if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
                        return errno == EINVAL || errno == EPERM ? 0 : -errno;
        return 0;
}

/* 0 where the change was made, 1 where it can't be made here, or a negative errno. */
static int id_changed(int r)
{
        if (r == 0)
                return 0;
        return errno == EPERM || errno == EINVAL ? 1 : -errno;
}

static int drop_ids(bool *ret_kept)
{
        int groups = id_changed(setgroups(0, NULL));
        int group = id_changed(setresgid(SANDBOX_ID, SANDBOX_ID, SANDBOX_ID));
        int user = id_changed(setresuid(SANDBOX_ID, SANDBOX_ID, SANDBOX_ID));

        if (groups < 0)
                return groups;
        if (group < 0)
                return group;
        if (user < 0)
                return user;
        *ret_kept = groups > 0 || group > 0 || user > 0;
        return 0;
}

static bool has_no_capabilities(struct __user_cap_header_struct header)
{
        struct __user_cap_data_struct has[_LINUX_CAPABILITY_U32S_3];

        if (syscall(SYS_capget, &header, has) < 0)
                return false;
        for (size_t i = 0; i < ELEMENTSOF(has); i++)
                if (has[i].effective || has[i].permitted || has[i].inheritable)
                        return false;
        return true;
}

/* A unit's filter may refuse capset() altogether: then there must be nothing left to drop. */
static int drop_capabilities(void)
{
        struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
        struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

        if (syscall(SYS_capset, &header, none) >= 0)
                return 0;
        return errno == EPERM && has_no_capabilities(header) ? 0 : -EPERM;
}

/* The rights that a ruleset handles and no rule gives back are denied everywhere; reading is not handled. */
static RulesetAttributes ruleset_for(long abi)
{
        RulesetAttributes a = {
                .handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                     LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                     LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                                     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                                     LANDLOCK_ACCESS_FS_MAKE_SYM,
        };

        if (abi >= 2)
                a.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
        if (abi >= 3)
                a.handled_access_fs |= LANDLOCK_ACCESS_FS_TRUNCATE;
        if (abi >= 5)
                a.handled_access_fs |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
        if (abi >= 6)
                a.scoped = LANDLOCK_SCOPE_SIGNAL;
        return a;
}

static int confine(int *ret_abi)
{
        long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

        /* ENOSYS: not built in; EOPNOTSUPP: switched off; EPERM and others: a filter of a container. */
        if (abi < 1) {
                *ret_abi = 0;
                return 0;
        }

        RulesetAttributes a = ruleset_for(abi);
        _cleanup_close_ int fd = (int)syscall(SYS_landlock_create_ruleset, &a, sizeof(a), 0);
        if (fd < 0 || syscall(SYS_landlock_restrict_self, fd, 0) < 0)
                return -errno;
        *ret_abi = (int)abi;
        return 0;
}

int sandbox_enter(pid_t parent, Sandbox *ret)
{
        Sandbox s = {0};
        int r;

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return -errno;
        if (geteuid() == 0) {
                r = drop_bounding_set();
                if (r >= 0)
                        r = drop_ids(&s.ids_kept);
                if (r < 0)
                        return r;
        }
        r = drop_capabilities();
        if (r >= 0)
                r = sandbox_hide();
        if (r >= 0)
                r = sandbox_follow(parent);
        if (r >= 0)
                r = confine(&s.landlock);
        if (r < 0)
                return r;
        *ret = s;
        return 0;
}
