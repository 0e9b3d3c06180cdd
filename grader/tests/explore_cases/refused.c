/* refused.c - a call by its name alone: it is refused before it looks at
 * anything. -DREFUSED=fork. */
long REFUSED();

int main(void)
{
    REFUSED(0);
    return 0;
}
